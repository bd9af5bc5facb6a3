import Formats
import Foundation
import Hummingbird
import HummingbirdCore
import JobCore

/// Reads the parameters of a query and notes what is wrong with them. What a query means is laid down here, for every call:
///
/// - A parameter that is not known, comes twice or is empty is refused. Not to give one is to leave it out.
/// - Text is read as forms write it (WHATWG URL, section 5.1): `+` is a space, and `%2B` a plus.
/// - In what can have no space, a time or the name of a time zone, `+` is a plus.
struct QueryReader {
    private var values: [String: QueryValue] = [:]

    /// What is wrong so far.
    private(set) var errors = FieldErrors()

    /// Reads a query, in which only parameters of the known names may stand.
    ///
    /// - Parameter known: The names; none for a call that has no parameters.
    init(_ uri: URI, known: [String]) {
        for part in (uri.query ?? "").split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = QueryValue(raw: pair.count == 2 ? pair[1] : "")
            guard let name = QueryValue(raw: pair[0]).text, let text = value.text, value.exact != nil else {
                errors.add(String(pair[0].prefix(40)), "is not UTF-8 in percent-encoding")
                continue
            }
            if known.isEmpty {
                errors.add(String(name.prefix(40)), "is not known; this call has no query parameters")
            } else if !known.contains(name) {
                errors.addUnknown(name, known: known)
            } else if values.updateValue(value, forKey: name) != nil {
                errors.add(name, "is given twice")
            } else if text.isEmpty {
                errors.add(name, "is empty; give it a value or leave it out")
            }
        }
    }

    /// Notes that a parameter is wrong.
    mutating func refuse(_ name: String, _ detail: String) {
        errors.add(name, detail)
    }

    /// A parameter as it was sent; nil when it is not given.
    func value(_ name: String) -> QueryValue? {
        values[name].flatMap { $0.raw.isEmpty ? nil : $0 }
    }

    /// A parameter's text; nil when it is not given.
    func text(_ name: String) -> String? {
        value(name)?.text
    }

    /// The one that is given of two names for the same parameter.
    mutating func name(of name: String, or deprecated: String) -> String {
        guard values[deprecated] != nil else { return name }
        if values[name] != nil { refuse(deprecated, "means the same as '\(name)'; give only one of them") }
        return deprecated
    }

    /// A whole number.
    mutating func integer(_ name: String, in range: ClosedRange<Int>, default defaultValue: Int) -> Int {
        integer(name, in: range) ?? defaultValue
    }

    /// A whole number, if there is one.
    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        read(name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// One of an enumeration's names.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Choice.Type)
        -> Choice?
    {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return read(name, expected: "one of \(names)") { Choice(rawValue: $0) }
    }

    /// A time.
    mutating func time(_ name: String) -> Date? {
        guard let text = value(name)?.exact else { return nil }
        let date = RFC3339.date(text)
        if date == nil { refuse(name, "must be an RFC 3339 time with an offset, such as 2030-01-31T09:00:00Z") }
        return date
    }

    /// A name that follows rules of its own.
    mutating func name<Name: ValidatedName>(_ name: String, as type: Name.Type) -> Name? {
        guard let text = text(name) else { return nil }
        do {
            return try Name(text)
        } catch {
            refuse(name, "\(error)")
            return nil
        }
    }

    /// Where a page begins: what names the last of the page before.
    mutating func cursor<Cursor>(_ convert: (String) -> Cursor?) -> Cursor? {
        read("cursor", expected: "the next_cursor of an earlier answer", convert)
    }

    /// A parameter that is converted.
    mutating func read<Value>(_ name: String, expected: String, _ convert: (String) -> Value?) -> Value? {
        guard let text = text(name) else { return nil }
        guard let value = convert(text) else {
            refuse(name, "must be \(expected)")
            return nil
        }
        return value
    }
}

/// What stands between the marks of a query.
struct QueryValue {
    /// As it was sent.
    let raw: Substring

    /// What it says where `+` is a space; nil when it is not UTF-8 in percent-encoding.
    var text: String? { decoded(plus: UInt8(ascii: " ")) }

    /// What it says where `+` is a plus; nil when it is not UTF-8 in percent-encoding.
    var exact: String? { decoded(plus: UInt8(ascii: "+")) }

    private func decoded(plus: UInt8) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.utf8.count)
        var rest = raw.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(plus)
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy(\.isHexadecimalDigit),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

extension Request {
    /// Checks that there is no query, on a path that takes none.
    ///
    /// - Throws: ``Problem`` that names what was sent.
    func checkNoQuery() throws(Problem) {
        try QueryReader(uri, known: []).errors.check()
    }
}
