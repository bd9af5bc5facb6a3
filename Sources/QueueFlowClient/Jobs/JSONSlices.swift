import Foundation

/// Cuts JSON into pieces and leaves these as they are, to the byte: no number is read and written again on its way.
struct JSONSlices {
    /// The text is no JSON of the form that is asked for.
    struct Malformed: Error {}

    private let bytes: [UInt8]
    private var position = 0

    private init(_ json: Data) {
        bytes = [UInt8](json)
    }

    /// The members of an object.
    static func members(of json: Data) throws(Malformed) -> [String: Data] {
        var slices = JSONSlices(json)
        var members: [String: Data] = [:]
        try slices.list(from: "{", to: "}") { (slices) throws(Malformed) in
            let name = try slices.value()
            try slices.take(":")
            members[String(decoding: name.dropFirst().dropLast(), as: UTF8.self)] = try slices.value()
        }
        return members
    }

    /// The elements of an array.
    static func elements(of json: Data) throws(Malformed) -> [Data] {
        var slices = JSONSlices(json)
        var elements: [Data] = []
        try slices.list(from: "[", to: "]") { (slices) throws(Malformed) in elements.append(try slices.value()) }
        return elements
    }

    private mutating func list(
        from open: Unicode.Scalar,
        to close: Unicode.Scalar,
        _ entry: (inout JSONSlices) throws(Malformed) -> Void
    ) throws(Malformed) {
        try take(open)
        if next == UInt8(ascii: close) { return }
        while true {
            try entry(&self)
            if next == UInt8(ascii: close) { return }
            try take(",")
        }
    }

    /// What comes next, white space aside.
    private var next: UInt8? {
        mutating get {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
            return position < bytes.count ? bytes[position] : nil
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) throws(Malformed) {
        guard next == UInt8(ascii: scalar) else { throw Malformed() }
        position += 1
    }

    /// The next value, from its first byte to its last.
    private mutating func value() throws(Malformed) -> Data {
        guard let first = next else { throw Malformed() }
        let start = position
        switch first {
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): try skipNested()
        default:
            while position < bytes.count, !Self.ends.contains(bytes[position]) { position += 1 }
        }
        guard position > start else { throw Malformed() }
        return Data(bytes[start..<position])
    }

    /// What a number, `true`, `false` and `null` end before.
    private static let ends: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x3A, 0x5D, 0x7D]

    private mutating func skipString() throws(Malformed) {
        position += 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        throw Malformed()
    }

    private mutating func skipNested() throws(Malformed) {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                try skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return }
        }
        throw Malformed()
    }
}
