"""An asyncua server with a writable double, a boolean and a read-only one. stdin: set NAME VALUE, bad NAME, get NAME, drop. Argument: port or 0."""
import asyncio
import socket
import sys

from asyncua import Server, ua


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


async def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] != "0" else free_port()
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace("urn:nuanliu:peer")
    nodes = {}
    for name, value, kind in [("T_S", 98.5, ua.VariantType.Double), ("RUN", True, ua.VariantType.Boolean), ("T_SP", 100.0, ua.VariantType.Double), ("FIXED", 1.0, ua.VariantType.Double)]:
        nodes[name] = await server.nodes.objects.add_variable(ua.NodeId(name, index), name, value, varianttype=kind)
    await nodes["T_SP"].set_writable()
    async with server:
        print(port, flush=True)
        loop = asyncio.get_running_loop()
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            word, name, *rest = [*line.split(), "", ""]
            if word == "set":
                await nodes[name].write_value(ua.Variant(float(rest[0]), ua.VariantType.Double))
            elif word == "bad":
                await nodes[name].write_value(ua.DataValue(ua.Variant(0.0, ua.VariantType.Double), ua.StatusCode(ua.StatusCodes.BadSensorFailure)))
            if word == "get":
                print(await nodes[name].read_value(), flush=True)
            else:
                print("done", flush=True)


asyncio.run(main())
