# User space's end of ring buffers, perf buffers and user ring buffers, for kernel-machine.py. Documentation/bpf/ringbuf.rst; perf_event_open(2).
import ctypes
import mmap
import os
import struct

PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}[os.uname().machine]
PAGE = mmap.PAGESIZE
PERF_PAGES = 64
SOFTWARE, BPF_OUTPUT, SAMPLE_RAW = 1, 10, 1 << 10
HEADER_BYTES, BUSY_BIT, DISCARD_BIT = 8, 1 << 31, 1 << 30
DATA_HEAD, DATA_TAIL = 1024, 1032
libc = ctypes.CDLL(None, use_errno=True)


def position(page, at=0):
    return struct.unpack_from("<Q", page, at)[0]


class Ring:
    """Reads what programs submit to a BPF_MAP_TYPE_RINGBUF."""

    def __init__(self, fd, size):
        self.size = size
        self.consumer = mmap.mmap(fd, PAGE, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self.producer = mmap.mmap(fd, PAGE + 2 * size, mmap.MAP_SHARED, mmap.PROT_READ, offset=PAGE)

    def read(self):
        records, at = [], position(self.consumer)
        while at < position(self.producer):
            start = PAGE + at % self.size
            (word,) = struct.unpack_from("<I", self.producer, start)
            if word & BUSY_BIT:
                break
            length = word & ~DISCARD_BIT
            if not word & DISCARD_BIT:
                records.append(self.producer[start + HEADER_BYTES : start + HEADER_BYTES + length].hex())
            at += (HEADER_BYTES + length + 7) // 8 * 8
        struct.pack_into("<Q", self.consumer, 0, at)
        return records


class UserRing:
    """Writes records to a BPF_MAP_TYPE_USER_RINGBUF."""

    def __init__(self, fd, size):
        self.size = size
        self.producer = mmap.mmap(fd, PAGE + 2 * size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=PAGE)

    def write(self, data):
        at = position(self.producer)
        start = PAGE + at % self.size
        struct.pack_into("<II", self.producer, start, len(data), 0)
        self.producer[start + HEADER_BYTES : start + HEADER_BYTES + len(data)] = data
        struct.pack_into("<Q", self.producer, 0, at + (HEADER_BYTES + len(data) + 7) // 8 * 8)
        return 0


class PerfBuffer:
    """The perf buffer of one CPU: its descriptor goes into a BPF_MAP_TYPE_PERF_EVENT_ARRAY."""

    def __init__(self, cpu):
        shape = struct.pack("<IIQQQ", SOFTWARE, 112, BPF_OUTPUT, 1, SAMPLE_RAW).ljust(112, b"\0")
        self.fd = libc.syscall(PERF_EVENT_OPEN, ctypes.create_string_buffer(shape, 112), -1, cpu, -1, 8)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "perf_event_open")
        self.pages = mmap.mmap(self.fd, PAGE * (1 + PERF_PAGES), mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)

    def read(self):
        """Raw samples as they are: padded so that the four bytes of their length and they are a multiple of eight."""
        head, at, samples = position(self.pages, DATA_HEAD), position(self.pages, DATA_TAIL), []
        while at < head:
            _, _, size = struct.unpack("<IHH", self.take(at, 8))
            record = self.take(at, size)
            (length,) = struct.unpack_from("<I", record, 8)
            samples.append(record[12 : 12 + length].hex())
            at += size
        struct.pack_into("<Q", self.pages, DATA_TAIL, head)
        return samples

    def take(self, at, size):
        data = self.pages[PAGE:]
        start = at % len(data)
        return (data[start:] + data[:start])[:size]

    def close(self):
        self.pages.close()
        os.close(self.fd)
