/// Redis's wire format of commands: an array of byte strings.
///
/// See "RESP protocol description" of Redis's documentation.
enum CommandEncoder {
    static func encode(_ words: [RedisArgument]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + words.reduce(0) { $0 + $1.bytes.count + 16 })
        append("*", words.count, to: &bytes)
        for word in words {
            append("$", word.bytes.count, to: &bytes)
            bytes.append(contentsOf: word.bytes)
            bytes.append(contentsOf: [0x0D, 0x0A])
        }
        return bytes
    }

    private static func append(_ marker: Unicode.Scalar, _ count: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: marker))
        bytes.append(contentsOf: String(count).utf8)
        bytes.append(contentsOf: [0x0D, 0x0A])
    }
}
