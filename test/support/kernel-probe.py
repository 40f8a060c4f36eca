# Asks the running kernel: creates maps and loads programs with bpf(2) and answers how that went. One JSON request on stdin, one JSON
# answer on stdout; nothing stays behind. See kernel-probe.ts.
import ctypes
import json
import os
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
MAP_CREATE, PROG_LOAD = 0, 5
LOG_BYTES = 1 << 16
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(152, b"\0"), 152)
    result = libc.syscall(SYS_BPF, command, buffer, 152)
    return result if result >= 0 else -ctypes.get_errno()


def create_map(shape):
    inner = create_map(shape["inner"]) if "inner" in shape else 0
    if inner < 0:
        return inner
    sizes = (shape["type"], shape["key"], shape["value"], shape["entries"], shape["flags"], inner)
    fd = bpf(MAP_CREATE, struct.pack("<IIIIII40xQ", *sizes, int(shape.get("extra", "0"))))
    if inner > 0:
        os.close(inner)
    return fd


def load(program, fds):
    code = bytearray.fromhex(program["code"])
    for slot, index in program.get("maps", []):
        struct.pack_into("<I", code, slot * 8 + 4, fds[index])
    text = ctypes.create_string_buffer(bytes(code), len(code))
    license = ctypes.create_string_buffer(program["license"].encode() + b"\0")
    log = ctypes.create_string_buffer(LOG_BYTES)
    place = ctypes.addressof
    head = struct.pack("<IIQQIIQ", 6, len(code) // 8, place(text), place(license), 1, LOG_BYTES, place(log))
    fd = bpf(PROG_LOAD, head + struct.pack("<II16xII", 0, program.get("flags", 0), 0, program["attachType"]))
    if fd >= 0:
        os.close(fd)
    return {"errno": min(fd, 0), "log": log.value.decode(errors="replace")}


request = json.load(sys.stdin)
answer = {"maps": [], "programs": []}
for shape in request["maps"]:
    fd = create_map(shape)
    answer["maps"].append(min(fd, 0))
    if fd >= 0:
        os.close(fd)
kept = [create_map(shape) for shape in request["programMaps"]]
for program in request["programs"]:
    answer["programs"].append(load(program, kept))
json.dump(answer, sys.stdout)
