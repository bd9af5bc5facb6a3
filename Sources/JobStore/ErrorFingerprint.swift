import Crypto

/// Names the cause of a failure: the same for the same job type, kind of failure and error, whatever ids, numbers, times,
/// addresses and quoted values the error's text contains.
public struct ErrorFingerprint: Hashable, Sendable, CustomStringConvertible {
    /// How many characters it has.
    public static let length = 16
    /// What one looks like, in words.
    package static let rule = "\(length) hexadecimal digits in small letters"

    /// Whether a text looks like one.
    package static func isOne(_ text: String) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    /// 16 hexadecimal digits: the first 8 bytes of the SHA-256 of type, kind and normalised text.
    public let rawValue: String

    /// The fingerprint of a failure.
    ///
    /// - Parameters:
    ///   - type: The job's type.
    ///   - kind: The kind of failure, such as `error` or `timeout`.
    ///   - error: What happened, for a person. Only the first line that is not empty counts; see ``NormalizedError``.
    public init(type: String, kind: String, error: String) {
        let digest = SHA256.hash(data: Array("\(type)\0\(kind)\0\(NormalizedError(error))".utf8))
        rawValue = digest.prefix(Self.length / 2).hex
    }

    /// The fingerprint's digits.
    public var description: String { rawValue }
}

/// The first line of an error's text without what differs from one occurrence to the next.
///
/// Each of these becomes a `#`: numbers with their signs, fractions and units, ids and hexadecimal text, times and dates,
/// URLs, network and mail addresses, and text in quotation marks. White space is made single.
///
///     connection to 10.0.0.7:5432 refused after 1.25s (request 3f2b-77)   ->   connection to # refused after # (request #)
public struct NormalizedError: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes of the line count.
    private static let maxBytes = 1_024
    /// All-letter groups of at least so many hexadecimal digits are taken for an id, too.
    private static let hexLength = 8
    private static let calendar: Set<String> = [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
        "Oct", "Nov", "Dec",
    ]

    /// What is left of the line.
    public let text: String

    /// Normalises an error's text.
    public init(_ error: String) {
        let lines = error.utf8.split { $0 == 0x0A || $0 == 0x0D }
        let first = lines.first { line in line.contains { !$0.isSpace } } ?? error.utf8[...]
        let bytes = Self.withoutQuotations(Array(first.prefix(Self.maxBytes)))
        text = bytes.split { $0.isSpace }.map { Self.word($0) }.joined(separator: " ")
    }

    /// What is left of the line.
    public var description: String { text }

    /// Puts `#` in place of what stands between quotation marks. An apostrophe within a word is none.
    private static func withoutQuotations(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte.isQuote, !(result.last?.isWord ?? false),
                let end = bytes[(index + 1)...].indices.first(where: { position in
                    bytes[position] == byte && !(position + 1 < bytes.count && bytes[position + 1].isWord)
                })
            {
                result.append(.hash)
                index = end + 1
            } else {
                result.append(byte)
                index += 1
            }
        }
        return result
    }

    /// Normalises what stands between two spaces.
    private static func word(_ word: ArraySlice<UInt8>) -> String {
        let core = word.drop { $0.isBracket }.dropLast { $0.isBracket || $0.isStop }
        let head = String(decoding: word[word.startIndex..<core.startIndex], as: UTF8.self)
        let tail = String(decoding: word[core.endIndex..<word.endIndex], as: UTF8.self)
        return head + (isAddress(core) ? "#" : withoutNumbers(core)) + tail
    }

    /// A URL, a mail address, or an IPv6 address.
    private static func isAddress(_ word: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: word, as: UTF8.self)
        if text.contains("://") { return true }
        if let at = word.firstIndex(of: UInt8(ascii: "@")) { return at > word.startIndex && at + 1 < word.endIndex }
        return word.count { $0 == UInt8(ascii: ":") } >= 2
            && word.allSatisfy { $0.isHex || $0.joinsNumbers || $0.isBracket }
    }

    /// Puts one `#` in place of each run of atoms that vary, with what joins them.
    private static func withoutNumbers(_ word: ArraySlice<UInt8>) -> String {
        if isUUID(word) { return "#" }
        var parts: [UInt8] = []
        var rest = word
        while let first = rest.first {
            guard first.isWord else {
                parts.append(first)
                rest = rest.dropFirst()
                continue
            }
            let atom = rest.prefix { $0.isWord }
            rest = rest.dropFirst(atom.count)
            if varies(atom) {
                // `10.0.0.7:5432`, `-1.25` and `2025-01-31` are one number each.
                let joint = parts.reversed().prefix { $0.joinsNumbers }
                let before = parts.dropLast(joint.count).last
                if before == .hash || (before == nil && parts.count == joint.count) { parts.removeLast(joint.count) }
                if parts.last != .hash { parts.append(.hash) }
            } else {
                parts += atom
            }
        }
        return String(decoding: parts, as: UTF8.self)
    }

    private static func varies(_ atom: ArraySlice<UInt8>) -> Bool {
        atom.contains { $0.isDigit } || (atom.count >= hexLength && atom.allSatisfy(\.isHex))
            || (atom.count == 3 && calendar.contains(String(decoding: atom, as: UTF8.self)))
    }

    /// 8, 4, 4, 4 and 12 hexadecimal digits, of which a group may be letters only.
    private static func isUUID(_ word: ArraySlice<UInt8>) -> Bool {
        let groups = word.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.allSatisfy(\.isHex) }
    }
}

extension UInt8 {
    fileprivate static let hash = UInt8(ascii: "#")

    fileprivate var isSpace: Bool { self <= 0x20 }
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isHex: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20) }
    fileprivate var isQuote: Bool { "\"'`".utf8.contains(self) }
    fileprivate var isBracket: Bool { "()[]{}<>".utf8.contains(self) }
    fileprivate var isStop: Bool { ".,;:!?".utf8.contains(self) }
    fileprivate var joinsNumbers: Bool { ".,:-+/%_".utf8.contains(self) }
    /// Letters, digits, the underscore, and all that is not ASCII.
    fileprivate var isWord: Bool {
        isDigit || self >= 0x80 || self == UInt8(ascii: "_")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}

extension ArraySlice {
    fileprivate func dropLast(while predicate: (Element) -> Bool) -> ArraySlice {
        var rest = self
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}
