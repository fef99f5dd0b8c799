// Files of the reader: how they are dropped on an element, and questions about them, of which the newest counts.

// Whether files are dragged, and not text or a link.
const hasFiles = (event) => event.dataTransfer?.types.includes("Files") === true;

// Has `take` get the files that are dropped on an element. Text that is dragged into a field stays the browser's.
export function takeDrops(place, take) {
  place.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  place.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}

// Asks about one file after another. `begin` clears what is shown of the file before; a question that is still under
// way then is told to end by its signal, and its answer is not shown.
export function newest(begin, ask, show) {
  let running = new AbortController();
  return async (file) => {
    running.abort();
    const control = new AbortController();
    running = control;
    begin();
    const answer = await ask(file, control.signal);
    if (!control.signal.aborted) show(answer);
  };
}
