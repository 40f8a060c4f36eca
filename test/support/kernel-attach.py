# Asks the running kernel: loads XDP programs with bpf(2), for a device where that is asked for, attaches them to interfaces through netlink and
# answers how that went. To be run in a network namespace of its own. One JSON request on stdin, one JSON answer on stdout. See kernel-attach.ts.
import ctypes
import json
import os
import socket
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
PROG_LOAD = 5
LOG_BYTES = 1 << 16
RTM_SETLINK, NLM_F_REQUEST, NLM_F_ACK = 19, 1, 4
NLMSG_ERROR, NLMSGERR_ATTR_MSG = 2, 1
IFLA_MTU, IFLA_XDP, NESTED = 4, 43, 1 << 15
IFLA_XDP_FD, IFLA_XDP_FLAGS = 1, 3
FLAGS = {"generic": 2, "native": 4, "hw": 8}
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
libc = ctypes.CDLL(None, use_errno=True)


def load(program, interface):
    code = bytes.fromhex(program["code"])
    text = ctypes.create_string_buffer(code, len(code))
    license = ctypes.create_string_buffer(b"GPL\0")
    log = ctypes.create_string_buffer(LOG_BYTES)
    place = ctypes.addressof
    head = struct.pack("<IIQQIIQ", 6, len(code) // 8, place(text), place(license), 1, LOG_BYTES, place(log))
    index = socket.if_nametoindex(interface) if program["isBound"] else 0
    tail = struct.pack("<II16xII", 0, program["flags"], index, program["attachType"])
    buffer = ctypes.create_string_buffer((head + tail).ljust(152, b"\0"), 152)
    fd = libc.syscall(SYS_BPF, PROG_LOAD, buffer, 152)
    return (fd, "") if fd >= 0 else (-ctypes.get_errno(), log.value.decode(errors="replace"))


def attribute(kind, payload):
    return struct.pack("<HH", 4 + len(payload), kind) + payload.ljust((len(payload) + 3) & ~3, b"\0")


def set_link(interface, payload):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        link.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        body = struct.pack("<BxHiII", 0, 0, socket.if_nametoindex(interface), 0, 0) + payload
        link.send(struct.pack("<IHHII", 16 + len(body), RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body)
        answer = link.recv(1 << 16)
    error = struct.unpack_from("<i", answer, 16)[0]
    return error, message_in(answer[16 + 4 + 16 :])


def message_in(attributes):
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("<HH", attributes)
        if length < 4:
            break
        if kind == NLMSGERR_ATTR_MSG:
            return attributes[4:length].rstrip(b"\0").decode(errors="replace")
        attributes = attributes[(length + 3) & ~3 :]
    return ""


def attach(interface, fd, mode):
    parts = attribute(IFLA_XDP_FD, struct.pack("<i", fd)) + attribute(IFLA_XDP_FLAGS, struct.pack("<I", FLAGS[mode]))
    return set_link(interface, attribute(IFLA_XDP | NESTED, parts))


def ask(question, plain):
    interface = question["interface"]
    for name in question["mtuOf"]:
        set_link(name, attribute(IFLA_MTU, struct.pack("<I", question["mtu"])))
    if "attached" in question:
        attach(interface, plain, question["attached"])
    fd, log = load(question["program"], interface)
    if fd < 0:
        answer = {"phase": "load", "errno": fd, "message": log}
    else:
        error, message = attach(interface, fd, question["mode"])
        answer = {"phase": "attach", "errno": error, "message": message}
        os.close(fd)
    for mode in ("native", "generic"):
        attach(interface, -1, mode)
    return answer


request = json.load(sys.stdin)
plain, _ = load(request["plain"], "lo")
json.dump([ask(question, plain) for question in request["questions"]], sys.stdout)
