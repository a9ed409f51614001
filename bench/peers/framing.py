"""PING of 7,609 bytes through python-fido2's CTAPHID code, to a connection that echoes packets. Prints ops/s, one per line read."""
import sys
import time
from fido2.hid import CTAPHID, CtapHidDevice

MESSAGE = bytes(index & 0xFF for index in range(7609))


class Descriptor:
    path = "loopback"
    report_size_in = report_size_out = 64


class Loopback:
    def __init__(self):
        self.packets = []
        self.next = 0

    def write_packet(self, packet):
        # CTAPHID_INIT: nonce, channel, protocol version, device version, capabilities.
        if packet[4] == 0x80 | CTAPHID.INIT:
            answer = packet[7:15] + bytes([0, 0, 0, 1, 2, 1, 0, 0, 4])
            packet = packet[:5] + bytes([0, 17]) + answer.ljust(57, b"\0")
        self.packets.append(packet)

    def read_packet(self):
        packet = self.packets[self.next]
        self.next += 1
        if self.next == len(self.packets):
            self.packets = []
            self.next = 0
        return packet


device = CtapHidDevice(Descriptor(), Loopback())
for _ in sys.stdin:
    assert device.call(CTAPHID.PING, MESSAGE) == MESSAGE
    started = time.perf_counter()
    count = 0
    elapsed = 0
    while elapsed < 0.2:
        device.call(CTAPHID.PING, MESSAGE)
        count += 1
        elapsed = time.perf_counter() - started
    print(count / elapsed, flush=True)
