// SPDX-License-Identifier: MIT
/*
 * Tracks connections and answers SYNs with cookies: what the kernel functions of connection tracking and the helpers of SYN
 * cookies answer is mixed into `digest`, in order. Connections are marked by the sum of their IP header, so that real ones
 * are not met.
 */
#include "parse.h"
#include "kfunc.h"

__u64 digest;
__s64 answers[64];

static __always_inline void note(__u32 place, __s64 answer)
{
	answers[place & 63] = answer;
	digest = digest * 31 + (__u64)answer;
}

static __always_inline __s64 find(struct xdp_md *context, struct bpf_sock_tuple *tuple, struct bpf_ct_opts *options,
				  __u32 size)
{
	struct nf_conn *connection = bpf_xdp_ct_lookup(context, tuple, size, options, sizeof(*options));

	if (!connection)
		return options->error;
	bpf_ct_release(connection);
	return options->dir;
}

/* The rest of its time in seconds of 250 ticks: a kernel's clock may tick in between. */
static __always_inline __s64 rest(struct nf_conn *connection)
{
	return (connection->timeout - (__u32)bpf_jiffies64() + 125) / 250;
}

/* What stands in a connection: the rest of its time, its state, its mark and what answers to it look like. */
static __always_inline void read(struct nf_conn *connection)
{
	struct nf_conntrack_tuple *reply = &connection->tuplehash[1].tuple;

	note(32, rest(connection));
	note(33, connection->status);
	note(34, connection->mark);
	note(35, reply->src.u3.all[0]);
	note(36, reply->src.u.all | (__u32)reply->src.l3num << 16);
	note(37, reply->dst.u3.all[0]);
	note(38, reply->dst.u.all | (__u32)reply->dst.protonum << 16 | (__u32)reply->dst.dir << 24);
	note(39, connection->tuplehash[0].tuple.dst.u3.all[0]);
}

/* A connection that is known in one zone, for packets of the first direction only. */
static __always_inline void zone(struct xdp_md *context, struct bpf_sock_tuple *tuple, struct bpf_sock_tuple *reply,
				 struct bpf_ct_opts *options)
{
	struct nf_conn___init *fresh;
	struct nf_conn *connection;

	options->ct_zone_id = 10;
	options->ct_zone_dir = 1;
	fresh = bpf_xdp_ct_alloc(context, tuple, sizeof(tuple->ipv4), options, sizeof(*options));
	if (!fresh) return;
	bpf_ct_set_timeout(fresh, 60000);
	connection = bpf_ct_insert_entry(fresh);
	if (!connection) return;
	bpf_ct_release(connection);
	note(40, find(context, tuple, options, sizeof(tuple->ipv4)));
	options->ct_zone_dir = 2;
	note(41, find(context, tuple, options, sizeof(tuple->ipv4)));
	options->ct_zone_dir = 0;
	note(42, find(context, reply, options, sizeof(reply->ipv4)));
	note(43, options->ct_zone_dir);
	options->ct_zone_id = 0;
	note(44, find(context, tuple, options, sizeof(tuple->ipv4)));
	note(45, find(context, reply, options, sizeof(reply->ipv4)));
	options->ct_zone_dir = 0;
}

static __always_inline __s64 add(struct xdp_md *context, struct bpf_sock_tuple *tuple, struct bpf_ct_opts *options,
				 __u32 size)
{
	struct nf_conn___init *fresh = bpf_xdp_ct_alloc(context, tuple, size, options, sizeof(*options));
	struct nf_conn *connection;

	if (!fresh)
		return options->error;
	bpf_ct_set_timeout(fresh, 60000);
	note(20, bpf_ct_set_status(fresh, 1 << 1));
	note(21, bpf_ct_set_status(fresh, 1 << 3));
	connection = bpf_ct_insert_entry(fresh);
	if (!connection)
		return 1;
	note(22, bpf_ct_change_timeout(connection, 30000));
	note(23, bpf_ct_change_status(connection, 1 << 3 | 1 << 1 | 1 << 2));
	note(24, bpf_ct_change_status(connection, 1 << 3));
	note(25, bpf_ct_change_status(connection, 0));
	bpf_ct_release(connection);
	return 0;
}

/* A connection whose replies go to and come from other ports and addresses than the first packet says. */
static __always_inline __s64 translate(struct xdp_md *context, struct bpf_sock_tuple *tuple, struct bpf_ct_opts *options)
{
	union nf_inet_addr source = { .all = { bpf_htonl(0xc0000201) } }, target = { .all = { bpf_htonl(0xc0000202) } };
	struct nf_conn___init *fresh = bpf_xdp_ct_alloc(context, tuple, sizeof(tuple->ipv4), options, sizeof(*options));
	struct nf_conn *connection;

	if (!fresh) return options->error;
	note(26, bpf_ct_set_nat_info(fresh, &source, 4000 + bpf_ntohs(tuple->ipv4.sport), NF_NAT_MANIP_SRC));
	note(27, bpf_ct_set_nat_info(fresh, &target, -1, NF_NAT_MANIP_DST));
	bpf_ct_set_timeout(fresh, 60000);
	fresh->ct.mark = 77;
	note(46, (__s32)fresh->ct.timeout);
	connection = bpf_ct_insert_entry(fresh);
	if (!connection) return 1;
	read(connection);
	note(47, bpf_ct_change_status(connection, 0xfdff & ~1));
	note(48, connection->status);
	note(49, bpf_ct_change_timeout(connection, 30000));
	note(50, rest(connection));
	bpf_ct_release(connection);
	return 0;
}

SEC("xdp")
int track(struct xdp_md *context)
{
	__u32 length = context->data_end - context->data;
	struct bpf_ct_opts options = { .netns_id = BPF_F_CURRENT_NETNS, .l4proto = length & 1 ? 6 : 17 };
	struct bpf_sock_tuple tuple = {}, reply = {}, six = {};

	tuple.ipv4.saddr = bpf_htonl(0xc6336400 | (length & 0xff));
	tuple.ipv4.daddr = bpf_htonl(0xcb007100 | (length >> 8 & 0xff));
	tuple.ipv4.sport = bpf_htons(1000);
	tuple.ipv4.dport = bpf_htons(2000);
	reply.ipv4.saddr = tuple.ipv4.daddr;
	reply.ipv4.daddr = tuple.ipv4.saddr;
	reply.ipv4.sport = tuple.ipv4.dport;
	reply.ipv4.dport = tuple.ipv4.sport;
	six.ipv6.saddr[0] = bpf_htonl(0x20010db8);
	six.ipv6.daddr[0] = bpf_htonl(0x20010db8);
	six.ipv6.daddr[3] = bpf_htonl(length);
	six.ipv6.sport = bpf_htons(1000);

	note(0, find(context, &tuple, &options, sizeof(tuple.ipv4)));
	note(1, add(context, &tuple, &options, sizeof(tuple.ipv4)));
	note(2, find(context, &tuple, &options, sizeof(tuple.ipv4)));
	note(3, find(context, &reply, &options, sizeof(tuple.ipv4)));
	note(4, add(context, &tuple, &options, sizeof(tuple.ipv4)));
	note(5, find(context, &six, &options, sizeof(six.ipv6)));
	note(6, add(context, &six, &options, sizeof(six.ipv6)));
	note(7, find(context, &six, &options, sizeof(six.ipv6)));
	note(8, find(context, &six, &options, 16));
	options.ct_zone_id = 7;
	note(9, find(context, &tuple, &options, sizeof(tuple.ipv4)));
	options.ct_zone_id = 0;
	options.netns_id = 77;
	note(10, find(context, &tuple, &options, sizeof(tuple.ipv4)));
	options.netns_id = -2;
	note(11, find(context, &tuple, &options, sizeof(tuple.ipv4)));
	options.netns_id = BPF_F_CURRENT_NETNS;
	options.l4proto = 1;
	note(12, find(context, &tuple, &options, sizeof(tuple.ipv4)));
	note(13, add(context, &tuple, &options, sizeof(tuple.ipv4)));
	options.l4proto = 6;
	tuple.ipv4.sport = bpf_htons(2000 + length);
	note(16, translate(context, &tuple, &options));
	note(17, find(context, &tuple, &options, sizeof(tuple.ipv4)));
	reply.ipv4.saddr = bpf_htonl(0xc0000202);
	reply.ipv4.daddr = bpf_htonl(0xc0000201);
	reply.ipv4.dport = bpf_htons(6000 + length);
	note(18, find(context, &reply, &options, sizeof(reply.ipv4)));
	reply.ipv4.saddr = tuple.ipv4.daddr;
	reply.ipv4.daddr = tuple.ipv4.saddr;
	tuple.ipv4.sport = bpf_htons(4000 + length);
	reply.ipv4.dport = tuple.ipv4.sport;
	zone(context, &tuple, &reply, &options);
	options.reserved[1] = 1;
	note(14, find(context, &tuple, &options, sizeof(tuple.ipv4)));
	note(15, add(context, &tuple, &options, sizeof(tuple.ipv4)));
	return XDP_PASS;
}

SEC("xdp")
int cookies(struct xdp_md *context)
{
	struct {
		struct tcphdr tcp;
		__u8 options[12];
	} syn = {};
	struct iphdr ip = { .version = 4, .ihl = 5 };
	struct ipv6hdr ip6 = { .version = 6 };
	__u32 length = context->data_end - context->data;
	__s64 cookie;

	ip.saddr = length;
	ip6.saddr.in6_u.u6_addr32[3] = length;
	syn.tcp.source = bpf_htons(length);
	syn.tcp.seq = bpf_htonl(length * 77777);
	syn.tcp.doff = 6;
	syn.options[0] = 2;
	syn.options[1] = 4;
	syn.options[2] = length * 40 >> 8;
	syn.options[3] = length * 40;
	cookie = bpf_tcp_raw_gen_syncookie_ipv4(&ip, &syn.tcp, 24);
	note(0, cookie >> 32);
	syn.tcp.ack_seq = bpf_htonl((__u32)cookie + 1);
	syn.tcp.seq = bpf_htonl(length * 77777 + 1);
	note(1, bpf_tcp_raw_check_syncookie_ipv4(&ip, &syn.tcp));
	syn.tcp.ack_seq = bpf_htonl((__u32)cookie + 2);
	note(2, bpf_tcp_raw_check_syncookie_ipv4(&ip, &syn.tcp));
	syn.tcp.seq = bpf_htonl(length * 77777);
	cookie = bpf_tcp_raw_gen_syncookie_ipv6(&ip6, &syn.tcp, 24);
	note(3, cookie >> 32);
	syn.tcp.ack_seq = bpf_htonl((__u32)cookie + 1);
	syn.tcp.seq = bpf_htonl(length * 77777 + 1);
	note(4, bpf_tcp_raw_check_syncookie_ipv6(&ip6, &syn.tcp));
	note(5, bpf_tcp_raw_gen_syncookie_ipv4(&ip, &syn.tcp, 20));
	note(6, bpf_tcp_raw_gen_syncookie_ipv4(&ip, &syn.tcp, 28));
	syn.tcp.doff = 5;
	note(7, bpf_tcp_raw_gen_syncookie_ipv4(&ip, &syn.tcp, 20) >> 32);
	note(8, bpf_tcp_raw_gen_syncookie_ipv6(&ip6, &syn.tcp, 20) >> 32);
	syn.tcp.doff = 8;
	syn.options[0] = 1;
	syn.options[1] = 2;
	syn.options[2] = 4;
	syn.options[3] = length;
	note(9, bpf_tcp_raw_gen_syncookie_ipv4(&ip, &syn.tcp, 32) >> 32);
	syn.options[1] = 3;
	syn.options[2] = length & 7;
	note(10, bpf_tcp_raw_gen_syncookie_ipv4(&ip, &syn.tcp, 32) >> 32);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
