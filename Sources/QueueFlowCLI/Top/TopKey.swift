/// A key that was pressed.
enum TopKey: Sendable, Hashable {
    case character(Character)
    case control(Character)
    case up, down, left, right, home, end, pageUp, pageDown
    case enter, escape, backspace, tab, backTab
}

/// Reads keys from what a terminal sends (ECMA-48, and what xterm and its kin add).
struct TopKeyReader {
    private var rest: [UInt8] = []

    /// The keys in what has come. A sequence that is not whole waits for the rest of it; an escape that nothing follows is the key.
    mutating func read(_ bytes: [UInt8]) -> [TopKey] {
        rest += bytes
        var keys: [TopKey] = []
        while let first = rest.first {
            if first == 0x1B {
                guard let (key, length) = escape() else { return keys }
                if let key { keys.append(key) }
                rest.removeFirst(length)
                continue
            }
            guard let (key, length) = plain(first) else { return keys }
            if let key { keys.append(key) }
            rest.removeFirst(length)
        }
        return keys
    }

    /// The key of the sequence that begins here and its length; nil while it is not whole.
    private func escape() -> (TopKey?, Int)? {
        guard rest.count > 1 else { return (.escape, 1) }
        guard rest[1] == UInt8(ascii: "[") || rest[1] == UInt8(ascii: "O") else { return (.escape, 1) }
        guard let end = rest[2...].firstIndex(where: { (0x40...0x7E).contains($0) }) else {
            // No sequence is that long.
            return rest.count > 16 ? (nil, rest.count) : nil
        }
        let parameters = String(decoding: rest[2..<end], as: UTF8.self)
        let key: TopKey? =
            switch rest[end] {
            case UInt8(ascii: "A"): .up
            case UInt8(ascii: "B"): .down
            case UInt8(ascii: "C"): .right
            case UInt8(ascii: "D"): .left
            case UInt8(ascii: "H"): .home
            case UInt8(ascii: "F"): .end
            case UInt8(ascii: "Z"): .backTab
            case UInt8(ascii: "~"):
                switch parameters {
                case "1", "7": .home
                case "4", "8": .end
                case "5": .pageUp
                case "6": .pageDown
                default: nil
                }
            default: nil
            }
        return (key, end + 1)
    }

    private func plain(_ first: UInt8) -> (TopKey?, Int)? {
        switch first {
        case 0x0D, 0x0A: return (.enter, 1)
        case 0x09: return (.tab, 1)
        case 0x08, 0x7F: return (.backspace, 1)
        case 0x01...0x1A: return (.control(Character(Unicode.Scalar(first + 0x60))), 1)
        case 0x20..<0x7F: return (.character(Character(Unicode.Scalar(first))), 1)
        case 0xC2...0xF4:
            let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            guard rest.count >= length else { return nil }
            return (String(decoding: rest.prefix(length), as: UTF8.self).first.map { .character($0) }, length)
        default: return (nil, 1)
        }
    }
}
