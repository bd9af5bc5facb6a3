/// Walks over JSON that ``JSONScanner`` has accepted, and so checks nothing: it only tells where values begin and end.
struct JSONCursor {
    private let document: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ document: UnsafeBufferPointer<UInt8>) {
        self.document = document
    }

    /// Visits the elements of the array that begins at `start`.
    @inline(__always)
    mutating func forEachElement(ofArrayAt start: Int, _ body: (_ value: Range<Int>) -> Void) {
        enter(start)
        while document[position] != UInt8(ascii: "]") {
            body(nextValue())
            skipSeparator(UInt8(ascii: ","))
        }
    }

    /// Visits the members, quotation marks of the names included, of the object that begins at `start`.
    @inline(__always)
    mutating func forEachMember(ofObjectAt start: Int, _ body: (_ name: Range<Int>, _ value: Range<Int>) -> Void) {
        enter(start)
        while document[position] != UInt8(ascii: "}") {
            let name = nextValue()
            skipSeparator(UInt8(ascii: ":"))
            body(name, nextValue())
            skipSeparator(UInt8(ascii: ","))
        }
    }

    private mutating func enter(_ start: Int) {
        position = start + 1
        skipWhitespace()
    }

    /// Skips a separator with the white space around it, if one follows.
    private mutating func skipSeparator(_ separator: UInt8) {
        skipWhitespace()
        if document[position] == separator {
            position += 1
            skipWhitespace()
        }
    }

    private mutating func nextValue() -> Range<Int> {
        let start = position
        switch document[position] {
        case UInt8(ascii: "\""): skipString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
        default: skipScalar()
        }
        return start..<position
    }

    private mutating func skipString() {
        position += 1
        while true {
            position = JSONWord.firstMarked(
                in: document,
                from: position,
                marks: \.stringEndMarks,
                isMarked: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
            )
            if document[position] == UInt8(ascii: "\"") {
                position += 1
                return
            }
            position += 2
        }
    }

    private mutating func skipContainer() {
        var depth = 0
        repeat {
            switch document[position] {
            case UInt8(ascii: "\""):
                skipString()
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
            default:
                break
            }
            position += 1
        } while depth > 0
    }

    /// Skips a number or a literal, up to what ends it.
    private mutating func skipScalar() {
        while position < document.count, !document[position].isJSONWhitespace {
            switch document[position] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): return
            default: position += 1
            }
        }
    }

    private mutating func skipWhitespace() {
        while document[position].isJSONWhitespace {
            position += 1
        }
    }
}
