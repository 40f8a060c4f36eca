// Prints, as JSON, what libbpf makes of an object: its maps and, per program, the instructions it hands to the kernel.
// Use: libbpf-oracle OBJECT [BTF]; built by tests where gcc and libbpf's headers are installed.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MAPS 4096
static struct { char name[64]; int fd; } created[MAX_MAPS];
static int created_count, relocated;
static char log_text[1 << 20];
static size_t log_length;

/* Descriptors of maps are told only in debug messages once loading has failed and closed them. */
static int listen(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[8192], name[64];
	int fd;

	vsnprintf(line, sizeof(line), format, args);
	if (created_count < MAX_MAPS && sscanf(line, "libbpf: map '%63[^']': created successfully, fd=%d", name, &fd) == 2) {
		strcpy(created[created_count].name, name);
		created[created_count++].fd = fd;
	}
	/* The first program that cannot be loaded ends loading; all of them are relocated before. */
	if (strstr(line, "libbpf: prog '") && strstr(line, "': failed to load: "))
		relocated = 1;
	if (level == LIBBPF_WARN && log_length + strlen(line) + 1 < sizeof(log_text))
		log_length += sprintf(log_text + log_length, "%s", line);
	return 0;
}

/* Objects leave some sizes to their loader; without one, creating the map fails and nothing is relocated. */
static int needs_entries(const struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
	case BPF_MAP_TYPE_CPUMAP:
	case BPF_MAP_TYPE_XSKMAP:
		return bpf_map__max_entries(map) == 0;
	default:
		return 0;
	}
}

static void text(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			printf(*s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	}
	putchar('"');
}

static void print_map(const struct bpf_map *map, __u32 max_entries, int pinned)
{
	int fd = -1, i;

	for (i = 0; i < created_count; i++)
		if (!strcmp(created[i].name, bpf_map__name(map)))
			fd = created[i].fd;
	printf("{\"name\":");
	text(bpf_map__name(map));
	printf(",\"type\":%d,\"keySize\":%u,\"valueSize\":%u,\"maxEntries\":%u,\"flags\":%u,\"numaNode\":%u,\"extra\":\"%llu\",",
	       bpf_map__type(map), bpf_map__key_size(map), bpf_map__value_size(map), max_entries, bpf_map__map_flags(map),
	       bpf_map__numa_node(map), (unsigned long long)bpf_map__map_extra(map));
	printf("\"keyType\":%u,\"valueType\":%u,\"pinned\":%d,\"fd\":%d}", bpf_map__btf_key_type_id(map),
	       bpf_map__btf_value_type_id(map), pinned, fd);
}

static void print_program(const struct bpf_program *prog)
{
	const unsigned char *bytes = (const void *)bpf_program__insns(prog);
	size_t i, count = bpf_program__insn_cnt(prog) * 8;

	printf("{\"name\":");
	text(bpf_program__name(prog));
	printf(",\"section\":");
	text(bpf_program__section_name(prog));
	printf(",\"type\":%d,\"attachType\":%d,\"flags\":%u,\"autoload\":%s,\"code\":\"", bpf_program__type(prog),
	       bpf_program__expected_attach_type(prog), bpf_program__flags(prog),
	       bpf_program__autoload(prog) ? "true" : "false");
	for (i = 0; i < count; i++)
		printf("%02x", bytes[i]);
	printf("\"}");
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = argc > 2 ? argv[2] : NULL);
	static __u32 max_entries[MAX_MAPS];
	static int pinned[MAX_MAPS];
	struct bpf_program *prog;
	struct bpf_object *obj;
	struct bpf_map *map;
	int err, i = 0, first = 1;

	libbpf_set_print(listen);
	obj = bpf_object__open_file(argv[1], &opts);
	if (!obj) {
		printf("{\"opened\":false,\"error\":%d,\"log\":", errno);
		text(log_text);
		printf("}\n");
		return 0;
	}
	bpf_object__for_each_program(prog, obj)
		if (bpf_program__type(prog) == BPF_PROG_TYPE_UNSPEC)
			bpf_program__set_type(prog, BPF_PROG_TYPE_XDP);
	bpf_object__for_each_map(map, obj) {
		if (i == MAX_MAPS)
			return 1;
		max_entries[i] = bpf_map__max_entries(map);
		pinned[i++] = bpf_map__pin_path(map) != NULL;
		bpf_map__set_pin_path(map, NULL);
		/* Real sizes cost real memory. */
		if (bpf_map__max_entries(map) > 65536)
			bpf_map__set_max_entries(map, 65536);
		if (needs_entries(map))
			bpf_map__set_max_entries(map, 16);
	}
	err = bpf_object__load(obj);
	printf("{\"opened\":true,\"error\":%d,\"relocated\":%s,\"log\":", err, !err || relocated ? "true" : "false");
	text(log_text);
	printf(",\"maps\":[");
	i = 0;
	bpf_object__for_each_map(map, obj) {
		if (!first)
			putchar(',');
		first = 0;
		print_map(map, max_entries[i], pinned[i]);
		i++;
	}
	printf("],\"programs\":[");
	first = 1;
	bpf_object__for_each_program(prog, obj) {
		if (!first)
			putchar(',');
		first = 0;
		print_program(prog);
	}
	printf("]}\n");
	return 0;
}
