"""Reads and writes the plant with pymodbus; prints what it saw as JSON."""
import json
import struct
import sys

from pymodbus.client import ModbusTcpClient

client = ModbusTcpClient("127.0.0.1", port=int(sys.argv[1]), timeout=3, retries=0)
assert client.connect()


def call(function, *args, unit, **more):
    """pymodbus renamed slave to device_id in 3.10."""
    try:
        return function(*args, device_id=unit, **more)
    except TypeError:
        return function(*args, slave=unit, **more)


def registers(address, count, unit):
    return call(client.read_holding_registers, address, count=count, unit=unit).registers


def real(words):
    return client.convert_from_registers(words, client.DATATYPE.FLOAT32, word_order="big")


def exception(reply):
    return reply.exception_code if reply.isError() else None


seen = {}
seen["1T_S"] = [real(registers(0, 2, unit)) for unit in range(1, 9)]
seen["2T_S of unit 2"] = real(registers(100, 2, 7))
seen["1HE_T"] = client.convert_from_registers(registers(20, 4, 7), client.DATATYPE.FLOAT64, word_order="big")
seen["mode"] = registers(206, 1, 7)[0]
seen["blocks"] = [len(registers(address, count, 7)) for address, count in [(0, 24), (50, 32), (100, 32), (200, 30), (298, 1), (0, 125)]]
seen["inputs"] = call(client.read_discrete_inputs, 0, count=32, unit=7).bits[:32]
seen["input registers"] = call(client.read_input_registers, 0, count=2, unit=7).registers == registers(0, 2, 7) or "noise between"

words = client.convert_to_registers(48.5, client.DATATYPE.FLOAT32, word_order="big")
call(client.write_registers, 220, words, unit=7)
seen["2T_SP written"] = real(registers(220, 2, 7))
seen["raw words"] = list(struct.unpack(">2H", struct.pack(">f", 48.5))) == registers(220, 2, 7)
call(client.write_register, 226, 1, unit=7)
seen["mode written"] = registers(226, 1, 7)[0]

seen["exceptions"] = {
    "beyond the registers": exception(call(client.read_holding_registers, 300, count=1, unit=7)),
    "read only register": exception(call(client.write_register, 50, 1, unit=7)),
    "setpoint out of range": exception(call(client.write_registers, 220, client.convert_to_registers(99.0, client.DATATYPE.FLOAT32), unit=7)),
    "half a float": exception(call(client.write_register, 220, 1, unit=7)),
    "unknown mode": exception(call(client.write_register, 206, 9, unit=7)),
    "valve in automatic": exception(call(client.write_registers, 202, client.convert_to_registers(10.0, client.DATATYPE.FLOAT32), unit=7)),
    "unknown coil": exception(call(client.write_coil, 5, True, unit=7)),
    "unknown unit": exception(call(client.read_holding_registers, 0, count=1, unit=99)),
}
call(client.write_coil, 2, True, unit=7)
seen["stopped"] = call(client.read_discrete_inputs, 0, count=1, unit=7).bits[0]
seen["latch coils"] = call(client.read_coils, 0, count=20, unit=7).bits[:20]
call(client.write_coils, 10, [False, False, False, True], unit=7)
seen["reset"] = not call(client.read_discrete_inputs, 0, count=1, unit=7).bits[0]
client.close()
print(json.dumps(seen))
