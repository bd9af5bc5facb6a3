extension JSONValueSlice {
    /// Whether the value is `null`.
    public var isNull: Bool {
        kind == .null
    }

    /// The value of `true` or `false`; `nil` for another type.
    public var bool: Bool? {
        kind == .boolean ? document[range.lowerBound] == UInt8(ascii: "t") : nil
    }

    /// The text of a string, its escapes resolved; `nil` for another type.
    public var string: String? {
        kind == .string ? document.withUnsafeBufferPointer { JSONText.decode($0, in: range) } : nil
    }

    /// The value of a whole number in the range of `Int`; `nil` for another type, a fraction, or a larger number.
    ///
    /// A number written with a fraction or exponent counts if it is whole and below 2^53 in magnitude (`5.0`, `1e3`),
    /// because some clients write all their numbers that way.
    public var int: Int? {
        guard kind == .number else {
            return nil
        }
        return Int(ascii: rawBytes) ?? double.flatMap(Int.init(exactDouble:))
    }

    /// The value of a number as the nearest `Double`; `nil` for another type or a number that is too large for one.
    public var double: Double? {
        guard kind == .number, let value = Double(String(decoding: rawBytes, as: UTF8.self)), value.isFinite else {
            return nil
        }
        return value
    }

    /// What it is, for a message: a number, `true`, `false` or `null` as it was sent, and so text that looks like one of these; of anything
    /// else, which may be long or a secret, only its type and size.
    package var brief: String {
        let longest = 24
        switch kind {
        case .object: return "an object"
        case .array: return array.map { "an array of \($0.count)" } ?? "an array"
        case .number where rawBytes.count > longest: return "a number of \(rawBytes.count) characters"
        case .number, .boolean, .null: return String(decoding: rawBytes, as: UTF8.self)
        case .string:
            let text = string ?? ""
            let looksLikeOne = Double(text) != nil || ["", "true", "false", "null"].contains(text.lowercased())
            guard looksLikeOne, text.utf8.count <= longest else {
                return "a string of \(text.unicodeScalars.count) characters"
            }
            return "\"\(text)\""
        }
    }

    /// The elements of an array; `nil` for another type.
    public var array: [JSONValueSlice]? {
        guard kind == .array else {
            return nil
        }
        return document.withUnsafeBufferPointer { bytes in
            var elements: [JSONValueSlice] = []
            var cursor = JSONCursor(bytes)
            cursor.forEachElement(ofArrayAt: range.lowerBound) { place in
                elements.append(JSONValueSlice(document: document, range: place))
            }
            return elements
        }
    }

    /// The members of an object; `nil` for another type.
    ///
    /// - Throws: ``JSONError`` when a name comes twice, for then it cannot be said which value was meant.
    public var object: JSONObjectSlice? {
        get throws(JSONError) {
            kind == .object ? try JSONObjectSlice(self) : nil
        }
    }
}

extension Int {
    /// Reads decimal digits with an optional minus sign; `nil` for other characters and what does not fit.
    fileprivate init?(ascii text: ArraySlice<UInt8>) {
        let isNegative = text.first == UInt8(ascii: "-")
        var value = 0
        for byte in text.dropFirst(isNegative ? 1 : 0) {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else {
                return nil
            }
            let digit = Int(byte - UInt8(ascii: "0"))
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflows, !overflowsToo else {
                return nil
            }
            value = sum
        }
        self = value
    }

    /// Takes a whole number up to 2^53, below which no two whole numbers share a `Double`.
    fileprivate init?(exactDouble value: Double) {
        guard value.magnitude < 0x1p53 else {
            return nil
        }
        self.init(exactly: value)
    }
}
