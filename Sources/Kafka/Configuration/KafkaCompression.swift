/// How a producer compresses its batches.
public struct KafkaCompression: Hashable, Sendable {
    let name: String

    /// Sends batches as they are.
    public static let none = KafkaCompression(name: "none")
    /// Compresses with LZ4: little work for about half the bytes of JSON.
    public static let lz4 = KafkaCompression(name: "lz4")
    /// Compresses with Zstandard: more work, fewer bytes.
    public static let zstd = KafkaCompression(name: "zstd")
}
