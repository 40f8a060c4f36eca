# Asks the running kernel whether it would load programs. One JSON request on stdin, one JSON answer on stdout; nothing stays behind.
# See verifier-oracle.ts.
import ctypes
import json
import os
import re
import struct
import sys
import time

SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
MAP_CREATE, MAP_UPDATE, PROG_LOAD, MAP_FREEZE = 0, 2, 5, 22
LOG_BYTES = 1 << 24
libc = ctypes.CDLL(None, use_errno=True)
log = ctypes.create_string_buffer(LOG_BYTES)
NOISE = re.compile(
    r"^(\d+: |from \d+ to |; |processed |caller:|callee:| |mark_precise|returning from callee|to caller at|func#|Live regs|Func#|Validating |verification time|stack depth|$)"
)
# A few messages lack a line end.
SUMMARY = re.compile(r"processed \d+ insns \(limit .*$")


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(152, b"\0"), 152)
    result = libc.syscall(SYS_BPF, command, buffer, 152)
    return result if result >= 0 else -ctypes.get_errno()


def create_map(shape):
    inner = create_map(shape["inner"]) if "inner" in shape else 0
    sizes = (shape["type"], shape["key"], shape["value"], shape["entries"], shape["flags"], max(inner, 0))
    fd = bpf(MAP_CREATE, struct.pack("<IIIIII40xQ", *sizes, int(shape.get("extra", "0"))))
    if inner > 0:
        os.close(inner)
    if fd < 0:
        raise SystemExit(f"map {shape}: errno {-fd}")
    if "contents" in shape:
        key = ctypes.create_string_buffer(4)
        value = ctypes.create_string_buffer(bytes.fromhex(shape["contents"]), shape["value"])
        bpf(MAP_UPDATE, struct.pack("<IIQQQ", fd, 0, ctypes.addressof(key), ctypes.addressof(value), 0))
    if shape.get("frozen"):
        bpf(MAP_FREEZE, struct.pack("<I", fd))
    return fd


def load(program, fds):
    code = bytearray.fromhex(program["code"])
    for slot, index in program["maps"]:
        struct.pack_into("<I", code, slot * 8 + 4, fds[index])
    text = ctypes.create_string_buffer(bytes(code), len(code))
    license = ctypes.create_string_buffer(program["license"].encode() + b"\0")
    place = ctypes.addressof
    head = struct.pack("<IIQQIIQ", 6, len(code) // 8, place(text), place(license), program["level"], LOG_BYTES, place(log))
    started = time.perf_counter_ns()
    fd = bpf(PROG_LOAD, head + struct.pack("<II16xII", 0, program["flags"], 0, program["attachType"]))
    nanos = time.perf_counter_ns() - started
    if fd >= 0:
        os.close(fd)
    lines = log.value.decode(errors="replace").split("\n")
    log[0] = b"\0"
    answer = {"errno": -min(fd, 0), "lines": [SUMMARY.sub("", line) for line in lines if not NOISE.match(line)][:4], "nanos": nanos}
    if program.get("wantsLog"):
        answer["log"] = "\n".join(lines)
    return answer


request = json.load(sys.stdin)
kept = [create_map(shape) for shape in request["maps"]]
json.dump([load(program, kept) for program in request["programs"]], sys.stdout)
