"""schemas/vectors/tlog/ml-dsa.json: ML-DSA-44 lines of a log and a witness, signed by the `cryptography` package.

    python3 -m venv V && V/bin/pip install cryptography==50.0.2 && V/bin/python ml_dsa.py

Keys come from seeds of 32 equal bytes. Signatures are hedged, so that another run signs other bytes: a file that is
there is verified, each line against the message that it was made for, and only a missing one is written.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

FILE = pathlib.Path(__file__).parent.parent / "tlog" / "ml-dsa.json"
LOG, WITNESS = "example.com/log42", "witness.example/w1"
TIME = 1679315147
ROOT = hashlib.sha256(b"the root of a tree of eight entries").digest()
OTHER_ROOT = hashlib.sha256(b"the root of another tree").digest()


def b64(data):
    return base64.b64encode(data).decode()


def key_id(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name, kind, public):
    return f"{name}+{key_id(name, kind, public).hex()}+{b64(bytes([kind]) + public)}"


def line(name, kind, public, blob):
    return f"\u2014 {name} {b64(key_id(name, kind, public) + blob)}\n"


def text(origin=LOG, size=8, root=ROOT, extension=""):
    return f"{origin}\n{size}\n{b64(root)}\n{extension}"


def counted(name):
    return bytes([len(name)]) + name.encode()


def message(cosigner=WITNESS, time=TIME, origin=LOG, start=0, end=8, root=ROOT):
    """`cosigned_message` of C2SP tlog-cosignature."""
    numbers = start.to_bytes(8, "big") + end.to_bytes(8, "big")
    return b"subtree/v1\n\0" + counted(cosigner) + time.to_bytes(8, "big") + counted(origin) + numbers + root


log_ed25519 = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
log_ml_dsa = MLDSA44PrivateKey.from_seed_bytes(bytes([4] * 32))
witness = MLDSA44PrivateKey.from_seed_bytes(bytes([3] * 32))


def raw(key):
    return key.public_key().public_bytes_raw()


# What is signed for each line: key, name, time in the line, message, context. Each but the first two is refused.
SIGNED = {
    "log": (log_ml_dsa, LOG, TIME, message(cosigner=LOG), None),
    "witness": (witness, WITNESS, TIME, message(), None),
    "another size": (witness, WITNESS, TIME, message(end=9), None),
    "another root": (witness, WITNESS, TIME, message(root=OTHER_ROOT), None),
    "another origin": (witness, WITNESS, TIME, message(origin="example.com/log43"), None),
    "another cosigner's name": (witness, WITNESS, TIME, message(cosigner="witness.example/w2"), None),
    "a subtree that does not begin at 0": (witness, WITNESS, TIME, message(start=4), None),
    "another time": (witness, WITNESS, TIME + 1, message(), None),
    "time 0": (witness, WITNESS, 0, message(time=0), None),
    "time 2^63": (witness, WITNESS, 2**63, message(time=2**63), None),
    "a context": (witness, WITNESS, TIME, message(), b"subtree/v1"),
    "the message of an Ed25519 cosignature": (
        witness, WITNESS, TIME, f"cosignature/v1\ntime {TIME}\n{text()}".encode(), None,
    ),
    "the key of somebody else": (log_ml_dsa, WITNESS, TIME, message(), None),
}
# The key that a line names, where it is not the one that signed.
CLAIMED = {"the key of somebody else": witness}


def signed_line(label):
    key, name, time, signed, context = SIGNED[label]
    signature = key.sign(signed, context) if context else key.sign(signed)
    return line(name, 0x06, raw(CLAIMED.get(label, key)), time.to_bytes(8, "big") + signature)


def make():
    ed25519 = line(LOG, 0x01, raw(log_ed25519), log_ed25519.sign(text().encode()))
    short = line(WITNESS, 0x06, raw(witness), TIME.to_bytes(8, "big") + log_ed25519.sign(message()))
    return {
        "description": "ML-DSA-44 cosignatures of a log and a witness; every line in `refused` names the witness's key",
        "text": text(),
        "log_vkey": vkey(LOG, 0x01, raw(log_ed25519)),
        "log_ml_dsa_vkey": vkey(LOG, 0x06, raw(log_ml_dsa)),
        "witness_vkey": vkey(WITNESS, 0x06, raw(witness)),
        "time": TIME,
        "witness_message_hex": message().hex(),
        "log_ed25519_line": ed25519,
        "log_line": signed_line("log"),
        "witness_line": signed_line("witness"),
        "refused": {
            **{label: signed_line(label) for label in list(SIGNED)[2:]},
            "an Ed25519 signature under the id of the ML-DSA-44 key": short,
        },
    }


def check(vectors):
    """Every line is over its own message by its own key: it is refused for what its label says, and nothing else."""
    lines = {"log": vectors["log_line"], "witness": vectors["witness_line"], **vectors["refused"]}
    for label, (key, _, time, signed, context) in SIGNED.items():
        blob = base64.b64decode(lines[label].split()[2], validate=True)
        assert int.from_bytes(blob[4:12], "big") == time, label
        try:
            key.public_key().verify(blob[12:], signed, context) if context else key.public_key().verify(blob[12:], signed)
        except InvalidSignature:
            sys.exit(f"{label}: does not verify")


if not FILE.exists():
    FILE.write_text(json.dumps(make(), indent=2) + "\n")
check(json.loads(FILE.read_text()))
