# Runs programs in the running kernel: loads each with bpf(2), runs it once over its packet, and answers how that went. One JSON request
# on stdin, one JSON answer on stdout; nothing stays behind. See kernel-run.ts.
import ctypes
import json
import os
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
PROG_LOAD, PROG_TEST_RUN = 5, 10
OUTPUT_BYTES = 1 << 17
LOG_BYTES = 1 << 18
libc = ctypes.CDLL(None, use_errno=True)
place = ctypes.addressof
license = ctypes.create_string_buffer(b"GPL\0")


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(152, b"\0"), 152)
    result = libc.syscall(SYS_BPF, command, buffer, 152)
    return (result if result >= 0 else -ctypes.get_errno()), buffer.raw


def load(code, flags):
    text = ctypes.create_string_buffer(code, len(code))
    log = ctypes.create_string_buffer(LOG_BYTES)
    head = struct.pack("<IIQQIIQ", 6, len(code) // 8, place(text), place(license), 1, LOG_BYTES, place(log))
    fd, _ = bpf(PROG_LOAD, head + struct.pack("<II16xII", 0, flags, 0, 37))
    return fd, log.value.decode(errors="replace")


def run(fd, packet):
    data = ctypes.create_string_buffer(packet, len(packet))
    out = ctypes.create_string_buffer(OUTPUT_BYTES)
    errno, answer = bpf(PROG_TEST_RUN, struct.pack("<IIIIQQII", fd, 0, len(packet), OUTPUT_BYTES, place(data), place(out), 1, 0))
    _, value, _, length = struct.unpack("<IIII", answer[:16])
    return {"errno": errno, "returnValue": value, "bytes": out.raw[:length].hex()}


answers = []
for program in json.load(sys.stdin):
    fd, log = load(bytes.fromhex(program["code"]), program["flags"])
    if fd < 0:
        answers.append({"errno": fd, "log": log})
        continue
    answers.append({"log": "", **run(fd, bytes.fromhex(program["packet"]))})
    os.close(fd)
json.dump(answers, sys.stdout)
