import TestSupport

/// Makes HTTP/2 and gRPC bytes that are almost right, reproducibly from a seed.
struct FrameFuzzer {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// What a client might send after its preface.
    mutating func requests() -> [UInt8] {
        var bytes = RawConnection.frame(4)
        for index in 0..<Int.random(in: 1...12, using: &generator) {
            bytes += item(stream: UInt32(2 * index + 1)) { fuzzer, stream in fuzzer.request(stream: stream) }
        }
        return mutated(bytes)
    }

    /// What a server might answer to the request on `stream`.
    mutating func response(stream: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            bytes += item(stream: stream) { fuzzer, stream in fuzzer.answer(stream: stream) }
        }
        return mutated(bytes)
    }

    /// Cuts bytes into parts of random sizes.
    mutating func parts(of bytes: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...max(1, rest.count), using: &generator)
            parts.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return parts
    }

    private mutating func item(stream: UInt32, _ honest: (inout Self, UInt32) -> [UInt8]) -> [UInt8] {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0...4: honest(&self, stream)
        case 5: RawConnection.data(payload(), stream: stream, endsStream: .random(using: &generator))
        case 6:
            RawConnection.frame(
                .random(in: 0...11, using: &generator),
                flags: .random(in: 0...255, using: &generator),
                stream: .random(in: 0...9, using: &generator),
                noise(upTo: 40)
            )
        default: noise(upTo: 30)
        }
    }

    private mutating func request(stream: UInt32) -> [UInt8] {
        let descriptors = [ProbeService.echo, ProbeService.stream, ProbeService.custom]
        let descriptor = descriptors.randomElement(using: &generator) ?? ProbeService.echo
        let changes = [
            ("grpc-timeout", "5m"), ("grpc-encoding", "gzip"), ("x-bin", "AQI"), ("grpc-timeout", "99999999H"),
            ("content-type", "text/html"), (":path", "/none"), ("grpc-encoding", "br"), ("content-length", "7"),
        ].filter { _ in Int.random(in: 0..<6, using: &generator) == 0 }
        let head = RawConnection.headers(RawConnection.request(descriptor, changes), stream: stream)
        return head + RawConnection.data(payload(), stream: stream, endsStream: .random(using: &generator))
    }

    private mutating func answer(stream: UInt32) -> [UInt8] {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: RawConnection.trailersOnly(.random(in: 0...20, using: &generator), stream: stream)
        default: RawConnection.response(payload(), stream: stream)
        }
    }

    /// Length-prefixed messages, some of them with a prefix that lies.
    private mutating func payload() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let flag: UInt8 = Int.random(in: 0..<4, using: &generator) == 0 ? 1 : 0
            bytes += RawConnection.message(noise(upTo: 60), flag: flag)
        }
        return Int.random(in: 0..<3, using: &generator) == 0 ? mutated(bytes) : bytes
    }

    private mutating func noise(upTo limit: Int) -> [UInt8] {
        (0..<Int.random(in: 0...limit, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
    }

    /// Leaves bytes as they are, or flips, drops, repeats or inserts some.
    private mutating func mutated(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<([0, 0, 1, 2, 8].randomElement(using: &generator) ?? 0) where !bytes.isEmpty {
            let start = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, start + Int.random(in: 1...20, using: &generator))
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[start] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 1: bytes.removeSubrange(start..<end)
            case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
            default: bytes.insert(contentsOf: noise(upTo: 20), at: start)
            }
        }
        return bytes
    }
}
