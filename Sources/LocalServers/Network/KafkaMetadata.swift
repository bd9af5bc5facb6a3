/// A request for metadata without topics, and the part of its answer that tells whether the broker is ready.
///
/// Version 1 of `Metadata` (api key 3), of which every broker so far understands the form: see "Metadata API" in the
/// Kafka protocol guide.
enum KafkaMetadata {
    /// Size, then header (api key, version, correlation id, client id), then an empty array of topics.
    static let request: [UInt8] = {
        let client = Array("queueflow-probe".utf8)
        let body: [UInt8] = [0, 3, 0, 1, 0, 0, 0, 1, 0, UInt8(client.count)] + client + [0, 0, 0, 0]
        return bytes(of: UInt32(body.count)) + body
    }()

    static func isComplete(_ answer: [UInt8]) -> Bool {
        guard let size = integer(answer, at: 0) else { return false }
        return answer.count >= 4 + Int(size)
    }

    /// The number of brokers named; 0 also for an answer of another form.
    static func brokerCount(in answer: [UInt8]) -> Int {
        guard integer(answer, at: 4) == 1, let count = integer(answer, at: 8) else { return 0 }
        return Int(Int32(bitPattern: count))
    }

    private static func bytes(of number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    private static func integer(_ bytes: [UInt8], at offset: Int) -> UInt32? {
        guard bytes.count >= offset + 4 else { return nil }
        return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
