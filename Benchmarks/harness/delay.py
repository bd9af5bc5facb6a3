"""A TCP proxy that adds latency, as a network between two machines would. What it adds can be changed while it runs."""

import asyncio
import threading

import uvloop


class DelayProxy:
    """Passes connections on to a port of this machine; each direction has half of `seconds`, a round trip all of it."""

    def __init__(self, target, port):
        self.target, self.port, self.seconds = target, port, 0.0
        ready = threading.Event()
        self.thread = threading.Thread(target=lambda: uvloop.run(self._serve(ready)), daemon=True)
        self.thread.start()
        ready.wait(10)

    async def _serve(self, ready):
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        ready.set()
        async with server:
            await server.serve_forever()

    async def _accept(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer), return_exceptions=True)

    async def _pass(self, reader, writer):
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(65536):
                if self.seconds:
                    loop.call_later(self.seconds / 2, writer.write, data)
                else:
                    writer.write(data)
        finally:
            loop.call_later(self.seconds / 2, writer.close)
