/// Base64 (RFC 4648, section 4) as `-bin` metadata uses it: written without padding, read with or without.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: (bytes.count * 4 + 2) / 3) { output in
            var written = 0
            var index = 0
            while index < bytes.count {
                let count = min(3, bytes.count - index)
                var group = UInt32(bytes[index]) << 16
                if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
                if count > 2 { group |= UInt32(bytes[index + 2]) }
                for digit in 0...count {
                    output[written] = alphabet[Int(group >> (18 - 6 * UInt32(digit)) & 63)]
                    written += 1
                }
                index += 3
            }
            return written
        }
    }

    /// Reads base64; `nil` for a character outside the alphabet or an impossible length.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count * 3 / 4)
        var group: UInt32 = 0
        var digits = 0
        var padding = 0
        for character in text {
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            let value = values[Int(character)]
            guard value < 64, padding == 0 else { return nil }
            group = group << 6 | UInt32(value)
            digits += 1
            if digits & 3 == 0 {
                decoded.append(UInt8(group >> 16 & 255))
                decoded.append(UInt8(group >> 8 & 255))
                decoded.append(UInt8(group & 255))
            }
        }
        guard padding <= 2, padding == 0 || (digits + padding) & 3 == 0 else { return nil }
        switch digits & 3 {
        case 0: break
        case 2: decoded.append(UInt8(group >> 4 & 255))
        case 3:
            decoded.append(UInt8(group >> 10 & 255))
            decoded.append(UInt8(group >> 2 & 255))
        default: return nil
        }
        return decoded
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
