"""A pymodbus server that behaves, then misbehaves as told on stdin: ok, exception N, garbage, close, silent, slow MS, unit, short, get A."""
import asyncio
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

mode = ["ok"]
# float32 123.456 in the four word orders at 40001, 40003, 40005, 40007; uint16 at 40009, int16 at 40010, float64 at 40011
HOLDING = [0x42F6, 0xE979, 0xE979, 0x42F6, 0xF642, 0x79E9, 0x79E9, 0xF642, 65535, 65535, 0x405E, 0xDD2F, 0x1A9F, 0xBE77] + [0] * 100


def packet(sending, data):
    if not sending:
        return data
    word, _, value = mode[0].partition(" ")
    if word == "garbage":
        return b"HTTP/1.1 400 Bad Request\r\n\r\n"
    if word == "silent":
        return b""
    if word == "unit":
        return data[:6] + bytes([data[6] ^ 0x55]) + data[7:]
    if word == "transaction":
        return bytes([data[0] ^ 0x55]) + data[1:]
    if word == "short":
        return data[:4] + (len(data) - 8).to_bytes(2, "big") + data[6:-2]
    if word == "exception":
        return data[:4] + b"\x00\x03" + data[6:7] + bytes([data[7] | 0x80, int(value)])
    if word == "close":
        for connection in list(server.active_connections.values()):
            connection.transport.abort()
        return b""
    return data


async def main():
    global server
    registers = [SimData(0, values=HOLDING, datatype=DataType.REGISTERS)]
    bits = lambda: [SimData(0, values=[False] * 64, datatype=DataType.BITS)]
    device = SimDevice(1, simdata=(bits(), bits(), registers, [SimData(0, values=[7] * 50, datatype=DataType.REGISTERS)]))
    server = ModbusTcpServer(device, address=("127.0.0.1", 0), trace_packet=packet)
    task = asyncio.create_task(server.serve_forever())
    while not (server.transport and getattr(server.transport, "sockets", None)):
        await asyncio.sleep(0.01)
    print(server.transport.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if line.startswith("get "):
            print(await server.context.async_getValues(1, 3, int(line[4:]), 2), flush=True)
        elif line.startswith("coil "):
            print(int((await server.context.async_getValues(1, 1, int(line[5:]), 1))[0]), flush=True)
        elif line.startswith("input "):
            await server.context.async_setValues(1, 2, int(line.split()[1]), [line.split()[2] == "1"])
            print("done", flush=True)
        else:
            mode[0] = line
            print(line, flush=True)
    task.cancel()


asyncio.run(main())
