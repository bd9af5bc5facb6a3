import Formats
import Foundation

/// What a table shows of each of its things: a member, and how.
struct Column: Sendable {
    /// How a member's value is shown.
    enum Kind: Sendable {
        case text
        case number
        case time
        /// A number of seconds.
        case seconds
        case bytes
        /// A part of one.
        case percent
        case state
        /// What is rarely so: nothing is shown when it is not.
        case flag(String)
        /// Elements, or an object's members, one after the other.
        case list
    }

    /// What it is called on the command line and, in capitals, above the column.
    let name: String
    /// Where the value is: the way through the members, dots between them.
    let path: String
    let kind: Kind

    init(_ name: String, _ path: String? = nil, _ kind: Kind = .text) {
        (self.name, self.path, self.kind) = (name, path ?? name, kind)
    }

    /// Whether numbers stand below each other.
    var alignsRight: Bool {
        switch kind {
        case .number, .seconds, .bytes, .percent: true
        default: false
        }
    }

    /// The cell for a thing; empty when it has nothing to show.
    func text(of item: JSONValueSlice, _ times: TimeText) -> String {
        guard let value = item.at(path), !value.isNull else { return "" }
        switch kind {
        case .text, .number, .state: return value.isScalar ? value.plainText : value.compact
        case .time: return value.string.map(times.text) ?? ""
        case .seconds: return value.double.map(TimeText.span) ?? value.plainText
        case .bytes: return value.double.map(Self.bytes) ?? value.plainText
        case .percent: return value.double.map { "\(Int(($0 * 100).rounded()))%" } ?? value.plainText
        case .flag(let word): return value.bool == true ? word : ""
        case .list:
            if let elements = value.array { return elements.map(\.plainText).joined(separator: ",") }
            guard let object = try? value.object else { return value.plainText }
            return object.members.map { "\($0.name)=\($0.value.isScalar ? $0.value.plainText : $0.value.compact)" }
                .joined(separator: ",")
        }
    }

    /// A number of bytes: `512 B`, `1.5 MiB`.
    static func bytes(_ count: Double) -> String {
        var (value, unit) = (count, 0)
        while value >= 1024, unit < 4 { (value, unit) = (value / 1024, unit + 1) }
        let text = unit == 0 || value >= 100 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
        return "\(text) \(["B", "KiB", "MiB", "GiB", "TiB"][unit])"
    }
}

/// How times are shown.
struct TimeText: Sendable {
    enum Style: String, CaseIterable, Sendable {
        case utc, local, relative
    }

    let style: Style
    let now: Date
    var timeZone = TimeZone.current

    /// A time of the API, in RFC 3339.
    func text(_ time: String) -> String {
        guard let date = RFC3339.date(time) else { return time }
        switch style {
        case .utc: return RFC3339.wholeSeconds(date)
        case .local: return local(date)
        case .relative:
            let seconds = date.timeIntervalSince(now)
            return seconds > 0.5 ? "in \(Self.span(seconds))" : "\(Self.span(-seconds)) ago"
        }
    }

    private func local(_ date: Date) -> String {
        let offset = timeZone.secondsFromGMT(for: date)
        let text = RFC3339.wholeSeconds(date.addingTimeInterval(Double(offset)))
        let minutes = abs(offset) / 60
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return text.trimmed("Z") + (offset < 0 ? "-" : "+") + "\(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// A number of seconds in its largest units: `0.3s`, `42s`, `12m 5s`, `3d 4h`.
    static func span(_ seconds: Double) -> String {
        let seconds = max(0, seconds)
        if seconds < 1 { return seconds < 0.0005 ? "0s" : "\(Int((seconds * 1000).rounded()))ms" }
        if seconds < 10 { return "\((seconds * 10).rounded() / 10)s" }
        return StatusTable.age(seconds)
    }
}
