package import Foundation

extension DecodingError {
    /// What is wrong with JSON that could not be decoded, for a person: where, what was expected and what stands there, such as
    /// `retry.base: expected a number, got "3"`.
    ///
    /// - Parameter json: What was decoded; without it, what stands there is not told.
    package func explanation(of json: Data? = nil) -> String {
        let document = json.map { [UInt8]($0) }
        if case .dataCorrupted(let context) = self, context.codingPath.isEmpty, let document {
            do {
                let value = try JSONValueSlice(parsing: document)
                if context.debugDescription == "The given data was not valid JSON." { return Self.misfit(in: value) }
            } catch {
                return "\(error)"
            }
        }
        let (path, what) = finding(in: document)
        let place = Self.text(of: path)
        return place.isEmpty ? what : "\(place): \(what)"
    }

    private func finding(in document: [UInt8]?) -> (path: [any CodingKey], what: String) {
        func found(_ context: Context) -> String? {
            document.flatMap { Self.value(at: context.codingPath, in: $0)?.brief }
        }
        switch self {
        case .keyNotFound(let key, let context):
            return (context.codingPath + [key], "must be given")
        case .valueNotFound(let type, let context):
            return (context.codingPath, "expected \(Self.name(of: type)), got null")
        case .typeMismatch(let type, let context):
            let expected = "expected \(Self.name(of: type))"
            return (context.codingPath, found(context).map { "\(expected), got \($0)" } ?? expected)
        case .dataCorrupted(let context):
            return (context.codingPath, Self.text(of: context, found: found(context)))
        @unknown default:
            return ([], "cannot be read")
        }
    }

    /// What Foundation and the standard library say in words of their own; who throws an error by hand says it well.
    private static func text(of context: Context, found: String?) -> String {
        let text = context.debugDescription
        if text.hasPrefix("Cannot initialize") { return "is none of the values there are" }
        guard text.hasPrefix("Parsed JSON number") else { return text }
        return found.map { "\($0) does not fit what is expected" } ?? "is a number that does not fit"
    }

    /// Foundation calls JSON invalid whose number does not fit its type, a fraction for a whole number, and says neither which nor where.
    private static func misfit(in value: JSONValueSlice) -> String {
        var numbers: [(place: String, value: Double, text: String)] = []
        func collect(_ value: JSONValueSlice, _ place: String) {
            if value.kind == .number {
                numbers.append((place, value.double ?? .infinity, value.brief))
            } else if let elements = value.array {
                for (index, element) in elements.enumerated() { collect(element, "\(place)[\(index)]") }
            } else if let object = try? value.object {
                for member in object.members {
                    collect(member.value, place.isEmpty ? member.name : "\(place).\(member.name)")
                }
            }
        }
        collect(value, "")
        let suspect =
            numbers.first { $0.value.rounded() != $0.value } ?? numbers.max { $0.value.magnitude < $1.value.magnitude }
        guard let suspect else { return "cannot be read" }
        return "\(suspect.place.isEmpty ? "" : "\(suspect.place): ")\(suspect.text) does not fit what is expected"
    }

    private static func text(of path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }

    private static func value(at path: [any CodingKey], in document: [UInt8]) -> JSONValueSlice? {
        var value = try? JSONValueSlice(parsing: document)
        for key in path {
            if let index = key.intValue, let elements = value?.array {
                value = elements.indices.contains(index) ? elements[index] : nil
            } else {
                value = try? value?.object?[key.stringValue]
            }
        }
        return value
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is Bool.Type: return "true or false"
        case is String.Type: return "a string"
        case is any BinaryInteger.Type: return "a whole number"
        case is any BinaryFloatingPoint.Type, is Decimal.Type: return "a number"
        default: break
        }
        let name = "\(type)"
        if name.hasPrefix("Array") || name.hasPrefix("Set") { return "an array" }
        // What has members is decoded as a dictionary first.
        return name.hasPrefix("Dictionary") ? "an object" : "another value"
    }
}

/// What an error says to a person.
///
/// - Parameter json: What was decoded, if that failed.
package func explanation(of error: any Error, decoding json: Data? = nil) -> String {
    (error as? DecodingError)?.explanation(of: json) ?? String(describing: error)
}
