// Takes files that are dropped anywhere on a form as if they had been chosen in its file field.
//
//   <form data-drop> … <input type="file"> … <output></output> … </form>
//
// Nothing is sent before the form's own button is pressed.

import { visible } from "./dom.js";
import { takeDrops } from "./files.js";

export function takeDroppedFiles(root) {
  for (const form of root.querySelectorAll("form[data-drop]")) {
    const input = form.querySelector('input[type="file"]');
    const output = form.querySelector("output");
    if (input === null || output === null) continue;
    takeDrops(form, (files) => {
      input.files = files;
      output.textContent = `Chosen: ${Array.from(input.files, (file) => visible(file.name)).join(", ")}. Nothing is sent before you press the button.`;
    });
    input.addEventListener("change", () => {
      output.textContent = "";
    });
  }
}
