import Foundation

/// A short text that changes when what it was made of changes.
enum Fingerprint {
    /// The 64-bit FNV-1a hash of the parts, in hexadecimal. It tells versions apart; it is no protection.
    static func of(_ parts: [String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for part in parts {
            for byte in Array(part.utf8) + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// What tells a newly built executable from the former one: its size and the time of its last change.
    static func ofFile(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "absent" }
        return "\(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)"
    }
}
