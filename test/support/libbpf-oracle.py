# Asks libbpf and the running kernel about programs of object files, one at a time. One JSON request on stdin, one JSON answer on stdout;
# nothing stays behind. See libbpf-oracle.ts.
import ctypes
import json
import re
import sys

LOG_BYTES = 1 << 20
MESSAGES_AND_STATISTICS = 4
NOISE = re.compile(r"^(processed \d+ insns|verification time|stack depth|Func#|Validating |; |$)")
SUMMARY = re.compile(r"(processed \d+ insns \(limit|verification time \d+ usec).*$")

libbpf = ctypes.CDLL("libbpf.so.1", use_errno=True)
for name in ("bpf_object__open_mem", "bpf_object__find_program_by_name", "bpf_object__next_program", "bpf_program__name"):
    getattr(libbpf, name).restype = ctypes.c_void_p
PRINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
libc = ctypes.CDLL(None)
said = []


def remember(level, text, arguments):
    buffer = ctypes.create_string_buffer(1024)
    libc.vsnprintf(buffer, 1024, ctypes.c_char_p(text), ctypes.c_void_p(arguments))
    if level == 0:
        said.append(buffer.value.decode(errors="replace").strip())
    return 0


callback = PRINT(remember)
libbpf.libbpf_set_print(callback)


def ask(image, job):
    said.clear()
    code = bytearray(image)
    for offset, text in job.get("patches", []):
        patch = bytes.fromhex(text)
        code[offset : offset + len(patch)] = patch
    data = ctypes.create_string_buffer(bytes(code), len(code))
    found = libbpf.bpf_object__open_mem(data, ctypes.c_size_t(len(code)), None)
    if not found:
        return {"errno": ctypes.get_errno(), "lines": said[:4]}
    handle = ctypes.c_void_p(found)
    program = None
    while True:
        program = libbpf.bpf_object__next_program(handle, ctypes.c_void_p(program))
        if not program:
            break
        libbpf.bpf_program__set_autoload(ctypes.c_void_p(program), False)
    wanted = ctypes.c_void_p(libbpf.bpf_object__find_program_by_name(handle, job["program"].encode()))
    log = ctypes.create_string_buffer(LOG_BYTES)
    libbpf.bpf_program__set_autoload(wanted, True)
    libbpf.bpf_program__set_log_buf(wanted, log, ctypes.c_size_t(LOG_BYTES))
    libbpf.bpf_program__set_log_level(wanted, job.get("level", MESSAGES_AND_STATISTICS))
    result = libbpf.bpf_object__load(handle)
    libbpf.bpf_object__close(handle)
    lines = log.value.decode(errors="replace").split("\n")
    if "level" in job:
        return {"errno": -result, "lines": lines}
    lines = [SUMMARY.sub("", line) for line in lines if not NOISE.match(line)]
    return {"errno": -result, "lines": (lines or said)[:4]}


images = {}


def image_of(path):
    if path not in images:
        with open(path, "rb") as file:
            images[path] = file.read()
    return images[path]


request = json.load(sys.stdin)
json.dump([ask(image_of(job["object"]), job) for job in request], sys.stdout)
