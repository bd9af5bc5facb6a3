/// Makes passwords and keys.
public enum Secret {
    /// A random secret in hexadecimal, which needs no quoting in URLs, shells and configuration files.
    ///
    /// The system's generator for cryptographic use is the source (`getrandom` on Linux).
    ///
    /// - Parameter bytes: The number of random bytes; the text is twice as long.
    public static func random(bytes: Int = 32) -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<bytes).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
