// The captures of this folder: file name, and the command that makes it, without -w.

/** @type {readonly { readonly name: string, readonly args: readonly string[] }[]} */
export const RECIPES = [
  recipe('mixed.pcap', 'everyday --seed 1'),
  recipe('syn-flood.pcapng', 'flooded-sessions --seed 2'),
  recipe('vlan.pcap', 'tags --seed 3 --resolution us'),
  recipe('odd.pcap', 'odd --seed 4 --resolution us'),
  recipe(
    'labelled.pcapng',
    'tcp-sessions:6 dns:2 ping:1 syn-flood:2 udp-flood:1 dns-amplification:1 --seed 5 -c 400 --rate 20000',
  ),
  recipe('imix.pcapng', 'imix --seed 6 -c 120'),
  recipe('tunnels.pcapng', 'gre vxlan geneve --seed 7 -c 60'),
  recipe('ipv6.pcapng', 'ipv6-extensions:4 fragments:1 --seed 8 -c 80'),
  recipe('storm.pcapng', 'arp:1 arp-storm:4 --seed 9 -c 100'),
];

function recipe(name, command) {
  return { name, args: command.split(' ') };
}
