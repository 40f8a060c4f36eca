// One of everything that depends on the byte order of the file; compiled by endian.test.ts.
enum wide { SMALL = 1, LARGE = 0x100000001 };
struct config {
	unsigned int low : 3;
	unsigned int ports[4];
	enum wide mode;
} __attribute__((preserve_access_index));

struct {
	int (*type)[1];
	unsigned int *key;
} table __attribute__((section(".maps"), used));

struct config config;
static volatile unsigned long counter;

__attribute__((section("xdp"), used)) int filter(struct config *context)
{
	counter += context->ports[2] + context->mode;
	return (long)&table & 1;
}

char _license[] __attribute__((section("license"))) = "GPL";
