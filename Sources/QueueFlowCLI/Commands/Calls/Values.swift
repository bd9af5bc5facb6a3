import ArgumentParser
import Formats
import Foundation

/// A number of seconds, as `90`, `1.5s`, `500ms`, `5m`, `2h`, `3d` or `1w`.
struct Seconds: ExpressibleByArgument, Sendable, Hashable {
    let value: Double

    init(value: Double) { self.value = value }

    init?(argument: String) {
        let units: [(String, Double)] = [
            ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400), ("w", 604_800),
        ]
        let unit = units.first { argument.hasSuffix($0.0) }
        let number = unit.map { String(argument.dropLast($0.0.count)) } ?? argument
        guard let value = Double(number), value.isFinite, value >= 0 else { return nil }
        self.value = value * (unit?.1 ?? 1)
    }

    var defaultValueDescription: String { TimeText.span(value) }
}

/// A time: RFC 3339, a day (its beginning in UTC), or how long ago, such as `2h`.
struct Moment: ExpressibleByArgument, Sendable, Hashable {
    private enum Kind: Hashable {
        case at(Date)
        case ago(Double)
    }

    private let kind: Kind

    init?(argument: String) {
        if let date = RFC3339.date(argument) ?? RFC3339.date(argument + "T00:00:00Z") {
            kind = .at(date)
        } else if let seconds = Seconds(argument: argument) {
            kind = .ago(seconds.value)
        } else {
            return nil
        }
    }

    /// The time as the API takes it.
    func text(before now: Date) -> String {
        switch kind {
        case .at(let date): RFC3339.string(date)
        case .ago(let seconds): RFC3339.string(now.addingTimeInterval(-seconds))
        }
    }

    /// The time that lies as far in the future.
    func text(after now: Date) -> String {
        switch kind {
        case .at(let date): RFC3339.string(date)
        case .ago(let seconds): RFC3339.string(now.addingTimeInterval(seconds))
        }
    }
}

/// JSON that is given as text, as `@FILE`, or as `-` for standard input.
struct JSONArgument: ExpressibleByArgument, Sendable, Hashable {
    let source: String

    init(argument: String) { source = argument }

    /// The bytes of the JSON, which is known to be some.
    ///
    /// - Parameter option: What it was given by, for errors.
    func bytes(of option: String) async throws -> [UInt8] {
        let (bytes, place) = try await read(option)
        do {
            return Array(try JSONValueSlice(parsing: bytes).rawBytes)
        } catch {
            throw CommandFailure(.usage, "\(option) is no JSON: \(place)\(error)")
        }
    }

    private func read(_ option: String) async throws -> ([UInt8], place: String) {
        if source == "-" { return (try await Surroundings.current.input.all(), "standard input, ") }
        guard source.hasPrefix("@") else { return (Array(source.utf8), "") }
        let path = String(source.dropFirst())
        let file = URL(filePath: path, relativeTo: Surroundings.current.directory)
        do {
            return (Array(try Data(contentsOf: file)), "\(path), ")
        } catch {
            throw CommandFailure(.usage, "\(option): \(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
