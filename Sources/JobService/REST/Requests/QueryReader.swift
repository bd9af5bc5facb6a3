import Formats
import Foundation
import Hummingbird
import HummingbirdCore
import JobCore

/// Reads the parameters of a query and notes what is wrong with them. An empty parameter counts as not given.
struct QueryReader {
    private var values: [String: String] = [:]

    /// What is wrong so far.
    private(set) var errors = FieldErrors()

    /// Reads a query, in which only parameters of the known names may stand, each once.
    init(_ uri: URI, known: [String]) {
        for (name, value) in uri.queryParameters {
            let name = String(name)
            if !known.contains(name) {
                errors.addUnknown(name, known: known)
            } else if values.updateValue(String(value), forKey: name) != nil {
                errors.add(name, "is given twice")
            }
        }
    }

    /// Notes that a parameter is wrong.
    mutating func refuse(_ name: String, _ detail: String) {
        errors.add(name, detail)
    }

    /// A parameter's text; nil when it is not given.
    func text(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
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
        read(name, expected: "an RFC 3339 time with an offset, such as 2030-01-31T09:00:00Z") { RFC3339.date($0) }
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

extension Request {
    /// Checks that there is no query, on a path that takes none.
    ///
    /// - Throws: ``Problem`` that names what was sent.
    func checkNoQuery() throws(Problem) {
        var errors = FieldErrors()
        for (name, _) in uri.queryParameters {
            errors.add(String(name.prefix(40)), "is not known; this call has no query parameters")
        }
        try errors.check()
    }
}
