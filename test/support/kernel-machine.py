# Runs programs with maps in the running kernel through bpf(2). One JSON list of jobs on stdin, one JSON list of answers on stdout;
# nothing stays behind. See kernel-machine.ts.
import ctypes
import json
import os
import socket
import struct
import sys
import time

from kernel_buffers import PerfBuffer, Ring, UserRing

SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
MAP_CREATE, MAP_LOOKUP, MAP_UPDATE, MAP_NEXT_KEY, PROG_LOAD, PROG_TEST_RUN, BTF_LOAD = 0, 1, 2, 4, 5, 10, 18
PROG_ARRAY, PER_CPU_TYPES, KEYLESS_TYPES = 3, (5, 6, 10), (22, 23)
PERF_EVENT_ARRAY, RINGBUF, USER_RINGBUF = 4, 27, 31
UNLISTED_TYPES = (PROG_ARRAY, PERF_EVENT_ARRAY, RINGBUF, USER_RINGBUF, *KEYLESS_TYPES)
ATTRIBUTE_BYTES = 152
OUTPUT_BYTES = 1 << 17
LOG_BYTES = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)
place = ctypes.addressof
license = ctypes.create_string_buffer(b"GPL\0")
output = ctypes.create_string_buffer(OUTPUT_BYTES)
log = ctypes.create_string_buffer(LOG_BYTES)
attribute = ctypes.create_string_buffer(ATTRIBUTE_BYTES)


def possible_cpus():
    with open("/sys/devices/system/cpu/possible") as file:
        return int(file.read().strip().split("-")[-1].split(",")[-1]) + 1


CPUS = possible_cpus()


def bpf(command, fields):
    ctypes.memset(attribute, 0, ATTRIBUTE_BYTES)
    ctypes.memmove(attribute, fields, len(fields))
    result = libc.syscall(SYS_BPF, command, attribute, ATTRIBUTE_BYTES)
    return result if result >= 0 else -ctypes.get_errno()


class Map:
    def __init__(self, shape):
        self.type, self.key, self.value = shape["type"], shape["key"], shape["value"]
        self.room = (self.value + 7) // 8 * 8 * CPUS if self.type in PER_CPU_TYPES else self.value
        self.fd = bpf(MAP_CREATE, struct.pack("<IIIII", self.type, self.key, self.value, shape["entries"], shape["flags"]))
        self.reader = self.writer = None
        if self.fd < 0:
            return
        if self.type == RINGBUF:
            self.reader = Ring(self.fd, shape["entries"])
        elif self.type == USER_RINGBUF:
            self.writer = UserRing(self.fd, shape["entries"])
        elif self.type == PERF_EVENT_ARRAY:
            self.reader = PerfBuffer(0)
            self.update(struct.pack("<I", 0), struct.pack("<I", self.reader.fd))

    def update(self, key, value):
        if self.writer:
            return self.writer.write(value)
        # A per-CPU value is given for CPU 0 alone.
        text = ctypes.create_string_buffer(value.ljust(self.room, b"\0"), max(self.room, 1))
        name = ctypes.create_string_buffer(key, max(len(key), 1))
        return bpf(MAP_UPDATE, struct.pack("<IxxxxQQQ", self.fd, place(name), place(text), 0))

    def entries(self):
        if self.type in UNLISTED_TYPES:
            return []
        found = []
        key, value = ctypes.create_string_buffer(self.key), ctypes.create_string_buffer(self.room)
        start = 0
        while bpf(MAP_NEXT_KEY, struct.pack("<IxxxxQQ", self.fd, start, place(key))) == 0:
            start = place(key)
            if bpf(MAP_LOOKUP, struct.pack("<IxxxxQQQ", self.fd, place(key), place(value), 0)) == 0:
                found.append((key.raw.hex(), value.raw[: self.value].hex()))
        return found


def btf_of(functions):
    """A BTF object in which every function of a program is a static one without parameters that returns an int."""
    names = b"\0int\0" + b"".join(b"f%d\0" % at for at in range(functions))
    types = struct.pack("<IIII", 1, 1 << 24, 4, 1 << 24 | 32) + struct.pack("<III", 0, 13 << 24, 1)
    offset = 5
    for at in range(functions):
        types += struct.pack("<III", offset, 12 << 24 | (1 if at == 0 else 0), 2)
        offset += len(b"f%d\0" % at)
    header = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(names))
    data = ctypes.create_string_buffer(header + types + names, len(header + types + names))
    return bpf(BTF_LOAD, struct.pack("<QQIIII", place(data), 0, len(data), 0, 0, 0))


def kernel_functions():
    """BTF ids of the kernel's functions, by name. Documentation/bpf/btf.rst."""
    with open("/sys/kernel/btf/vmlinux", "rb") as file:
        data = file.read()
    head, types, types_length, names = struct.unpack_from("<4xIIII", data)[:4]
    extra = {1: 4, 3: 12, 14: 4, 17: 4}
    members = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
    found, at, number = {}, head + types, 1
    while at < head + types + types_length:
        name, info, _ = struct.unpack_from("<III", data, at)
        kind, count = info >> 24 & 31, info & 0xFFFF
        if kind == 12:
            start = head + names + name
            found[data[start : data.index(b"\0", start)].decode()] = number
        at += 12 + extra.get(kind, 0) + count * members.get(kind, 0)
        number += 1
    return found


def load(program, maps):
    code = bytearray.fromhex(program["code"])
    if program["kernelFunctions"]:
        known = kernel_functions()
        for slot, name in program["kernelFunctions"]:
            struct.pack_into("<i", code, slot * 8 + 4, known[name])
    for slot, index in program["maps"]:
        struct.pack_into("<i", code, slot * 8 + 4, maps[index].fd)
    text = ctypes.create_string_buffer(bytes(code), len(code))
    fds = (ctypes.c_int * max(len(maps), 1))(*[item.fd for item in maps])
    functions = program.get("functions", [])
    btf = btf_of(len(functions)) if functions else 0
    info = struct.pack("<%dI" % (2 * len(functions)), *[word for at, slot in enumerate(functions) for word in (slot, 3 + at)])
    infos = ctypes.create_string_buffer(info, max(len(info), 1))

    def attempt(level):
        head = struct.pack("<IIQQIIQII", 6, len(code) // 8, place(text), place(license), level, LOG_BYTES if level else 0, place(log) if level else 0, 0, program["flags"])
        middle = struct.pack("<16xIIIIQI", 0, 37, btf if functions else 0, 8 if functions else 0, place(infos) if functions else 0, len(functions))
        return bpf(PROG_LOAD, (head + middle).ljust(120, b"\0") + struct.pack("<Q", place(fds)))

    fd = attempt(0)
    if fd < 0:
        fd = attempt(1)
    if functions and btf >= 0:
        os.close(btf)
    return fd


def run(fd, packet):
    data = ctypes.create_string_buffer(packet, len(packet))
    errno = bpf(PROG_TEST_RUN, struct.pack("<IIIIQQII", fd, 0, len(packet), OUTPUT_BYTES, place(data), place(output), 1, 0))
    _, value, _, length = struct.unpack("<IIII", attribute.raw[:16])
    return {"errno": errno, "returnValue": value, "bytes": output.raw[:length].hex()}


def run_and_read(fd, packet, maps, pause):
    """A run of a packet, what it left for user space, by number of map, and time for timers to fire."""
    result = run(fd, packet)
    time.sleep(pause)
    result["events"] = [(at, data) for at, item in enumerate(maps) if item.reader for data in item.reader.read()]
    return result


def open_socket(protocol, local, remote=None):
    """A listening or unconnected socket on [address, port], or one that is connected to another."""
    family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    opened = socket.socket(family, kind)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind(tuple(local))
    if remote:
        opened.connect(tuple(remote))
    elif protocol == "tcp":
        opened.listen()
    return opened


def do(job):
    maps, fds = [], []
    sockets = [open_socket(*item) for item in job.get("sockets", [])]
    try:
        for shape in job["maps"]:
            maps.append(Map(shape))
            if maps[-1].fd < 0:
                return {"errno": maps.pop().fd, "log": "map %s" % shape["name"]}
            for key, value in shape["contents"]:
                error = maps[-1].update(bytes.fromhex(key), bytes.fromhex(value))
                if error < 0:
                    return {"errno": error, "log": "map %s[%s]" % (shape["name"], key)}
        for program in job["programs"]:
            fd = load(program, maps)
            if fd < 0:
                return {"errno": fd, "log": log.value.decode(errors="replace")}
            fds.append(fd)
        for index, key, program in job["slots"]:
            maps[index].update(bytes.fromhex(key), struct.pack("<I", fds[program]))
        results = [run_and_read(fds[job["run"]], bytes.fromhex(packet), maps, job["pause"]) for packet in job["packets"]]
        return {"errno": 0, "log": "", "results": results, "maps": [item.entries() for item in maps]}
    finally:
        for item in sockets + [item.reader for item in maps if isinstance(item.reader, PerfBuffer)]:
            item.close()
        for fd in fds + [item.fd for item in maps if item.fd >= 0]:
            os.close(fd)


os.sched_setaffinity(0, {0})
json.dump([do(job) for job in json.load(sys.stdin)], sys.stdout)
