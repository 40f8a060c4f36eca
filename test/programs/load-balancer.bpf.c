// SPDX-License-Identifier: MIT
/*
 * A layer-4 load balancer for IPv4. A packet to a virtual service is wrapped into a second IPv4 header (IPIP, RFC 2003)
 * and sent back out, to the backend that the hash of its 5-tuple picks, so that a connection stays with its backend
 * without any state. Backends unwrap the packet and answer the client themselves.
 *
 *     | ethernet | IP client -> service | TCP/UDP ... |
 *     | ethernet | IP balancer -> backend | IP client -> service | TCP/UDP ... |
 */
#include "parse.h"
#include "checksum.h"

/* The outer source address, 192.0.2.1; in host order. */
const volatile __u32 balancer_address = 0xc0000201;

struct service_key {
	__be32 address;
	__be16 port;
	__u8 protocol;
	__u8 reserved;
};

/* A service's backends stand in a row in `backends`. */
struct service {
	__u32 first_backend;
	__u32 backend_count;
};

struct backend {
	__be32 address;
	__u8 mac[ETH_ALEN]; /* of the backend, or of the router towards it */
	__u16 reserved;
};

struct traffic {
	__u64 packets;
	__u64 bytes; /* of what came in, before wrapping */
};

#define MAX_BACKENDS 256

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, struct service_key);
	__type(value, struct service);
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct backend);
} backends SEC(".maps");

/* The key is an index into `backends`. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_BACKENDS);
	__type(key, __u32);
	__type(value, struct traffic);
} backend_traffic SEC(".maps");

struct flow {
	__be32 source;
	struct ports ports;
	struct service_key service;
};

/* Spreads the bits of a flow: each step is a bijection of 32 bits, so no two inputs of a step fall together. */
static __always_inline __u32 mix(__u32 hash, __u32 word)
{
	hash ^= word;
	hash ^= hash >> 15;
	hash *= 0x2c1b3c6d;
	hash ^= hash >> 13;
	return hash;
}

static __always_inline __u32 hash_flow(const struct flow *flow)
{
	__u32 hash = mix(0x9e3779b9, flow->source);

	hash = mix(hash, flow->service.address);
	hash = mix(hash, (__u32)flow->ports.source << 16 | flow->ports.destination);
	return mix(hash, flow->service.protocol);
}

static __always_inline bool take_flow(struct cursor *cursor, struct flow *flow, __u16 *length)
{
	struct ports *ports;
	struct iphdr *ip;
	int protocol;

	/* The new header goes between Ethernet and IP, which must therefore be neighbours: no VLAN tags here. */
	struct ethhdr *ethernet = TAKE(cursor, struct ethhdr);

	if (!ethernet || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return false;
	protocol = take_ipv4(cursor, &ip);
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return false;
	ports = TAKE(cursor, struct ports);
	if (!ports)
		return false;

	flow->source = ip->saddr;
	flow->ports = *ports;
	flow->service.address = ip->daddr;
	flow->service.port = ports->destination;
	flow->service.protocol = protocol;
	*length = bpf_ntohs(ip->tot_len);
	return true;
}

static __always_inline void write_outer_header(struct iphdr *ip, __be32 backend, __u16 inner_length)
{
	__u16 *words = (__u16 *)ip;
	__u32 sum = 0;

	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = 0;
	ip->tot_len = bpf_htons(inner_length + sizeof(*ip));
	ip->id = 0;
	ip->frag_off = 0;
	ip->ttl = 64;
	ip->protocol = IPPROTO_IPIP;
	ip->check = 0;
	ip->saddr = bpf_htonl(balancer_address);
	ip->daddr = backend;
#pragma unroll
	for (unsigned int i = 0; i < sizeof(*ip) / 2; i++)
		sum += words[i];
	ip->check = ~checksum_fold(sum);
}

/* Makes room in front, moves the Ethernet header there, and writes the outer IP header behind it. */
static __always_inline int send_to(struct xdp_md *ctx, const struct backend *backend, __u16 inner_length)
{
	struct ethhdr *ethernet, *old_ethernet;
	struct cursor cursor;
	struct iphdr *outer;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(struct iphdr)) != 0)
		return XDP_DROP;
	cursor = cursor_of(ctx);
	ethernet = TAKE(&cursor, struct ethhdr);
	if (!ethernet)
		return XDP_DROP;
	outer = TAKE(&cursor, struct iphdr);
	if (!outer)
		return XDP_DROP;

	/* The old header ends where the outer IP header will, so it has to be read first. */
	old_ethernet = (void *)ethernet + sizeof(*outer);
	__builtin_memcpy(ethernet->h_source, old_ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, backend->mac, ETH_ALEN);
	ethernet->h_proto = bpf_htons(ETH_P_IP);
	write_outer_header(outer, backend->address, inner_length);
	return XDP_TX;
}

static __always_inline void count(__u32 backend, __u64 bytes)
{
	struct traffic *traffic = bpf_map_lookup_elem(&backend_traffic, &backend);

	if (!traffic)
		return;
	traffic->packets += 1;
	traffic->bytes += bytes;
}

SEC("xdp")
int load_balancer(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__u64 bytes = cursor.end - cursor.at;
	struct backend *backend;
	struct service *service;
	struct flow flow = {};
	__u16 inner_length;
	__u32 choice;

	if (!take_flow(&cursor, &flow, &inner_length))
		return XDP_PASS;
	service = bpf_map_lookup_elem(&services, &flow.service);
	if (!service || service->backend_count == 0)
		return XDP_PASS;
	choice = service->first_backend + hash_flow(&flow) % service->backend_count;
	backend = bpf_map_lookup_elem(&backends, &choice);
	if (!backend)
		return XDP_DROP;
	count(choice, bytes);
	return send_to(ctx, backend, inner_length);
}

char _license[] SEC("license") = "Dual MIT/GPL";
