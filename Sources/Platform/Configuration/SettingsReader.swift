public import Configuration
import Foundation
package import JobCore

/// Reads a process's settings once, at its start, and says everything that is wrong with them at once.
///
/// Each may stand in a file, whose path `NAME_FILE` gives in place of `NAME`: that is how containers are given secrets.
public struct SettingsReader {
    private let reader: ConfigReader
    private var problems: [String] = []
    /// The settings whose files cannot be read, of which nothing else is to be said.
    private var unread: Set<String> = []

    /// Reads from a provider.
    public init(provider: some ConfigProvider) {
        reader = ConfigReader(provider: provider)
    }

    /// Reads from the process's environment.
    public static func environment() -> SettingsReader {
        SettingsReader(provider: EnvironmentVariablesProvider())
    }

    private func variable(_ name: String) -> String? {
        reader.string(forKey: ConfigKey(name.lowercased().split(separator: "_").map(String.init)))
    }

    /// A setting's text as it stands, which may be empty; nil when it is not set. That of a file is without the line break at its end.
    private mutating func wholeText(_ setting: Setting) -> String? {
        let text = variable(setting.name)
        let fileVariable = setting.name + "_FILE"
        guard let path = variable(fileVariable), !path.isEmpty else { return text }
        guard text?.isEmpty ?? true else {
            problems.append("\(setting.name) and \(fileVariable) are both set; leave one of them out")
            return text
        }
        do {
            let whole = try String(contentsOf: URL(filePath: path), encoding: .utf8)
            return whole.last?.isNewline == true ? String(whole.dropLast()) : whole
        } catch {
            // Once, however often it is asked for.
            if unread.insert(setting.name).inserted {
                problems.append("\(fileVariable) is '\(path)', which cannot be read: \(error.localizedDescription)")
            }
            return nil
        }
    }

    /// A setting's text; nil when it is not set or empty.
    private mutating func text(_ setting: Setting) -> String? {
        wholeText(setting).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A setting that must be there.
    package mutating func required(_ setting: Setting, expected: String, isValid: (String) -> Bool = { _ in true })
        -> String
    {
        guard let text = text(setting) else {
            if !unread.contains(setting.name) { problems.append("\(setting.name) is not set; expected \(expected)") }
            return ""
        }
        if !isValid(text) {
            problems.append("\(setting.name) is not valid; expected \(expected)")
        }
        return text
    }

    /// A secret, which no message repeats; nil when it is not set. One that is set to nothing is too weak: whoever set
    /// it meant to have one, and got the name of a variable or a file wrong.
    ///
    /// - Parameter weakness: Why it is too weak; nil when it is not.
    package mutating func secret(_ setting: Setting, weakness: (String) -> String?) -> String? {
        guard let text = wholeText(setting) else { return nil }
        if let reason = weakness(text) {
            problems.append("\(setting.name) \(reason); make one with 'openssl rand -hex 32'")
        }
        return text
    }

    /// A setting with a default.
    ///
    /// - Parameter isSecret: Whether a message must not repeat it.
    package mutating func optional<Value>(
        _ setting: Setting,
        default defaultValue: Value,
        expected: String,
        isSecret: Bool = false,
        _ parse: (String) -> Value?
    ) -> Value {
        guard let text = text(setting) else { return defaultValue }
        guard let value = parse(text) else {
            problems.append("\(setting.name) is \(isSecret ? "not valid" : "'\(text)'"); expected \(expected)")
            return defaultValue
        }
        return value
    }

    /// A whole number with a default.
    package mutating func integer(_ setting: Setting, default defaultValue: Int, in range: ClosedRange<Int>) -> Int {
        optional(
            setting,
            default: defaultValue,
            expected: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        ) {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A port with a default; 0 lets the system choose a free one.
    package mutating func port(_ setting: Setting, default defaultValue: Int) -> Int {
        integer(setting, default: defaultValue, in: 0...65_535)
    }

    /// Names and addresses with commas between them.
    package mutating func list(_ setting: Setting, default defaultValue: [String], expected: String) -> [String] {
        optional(setting, default: defaultValue, expected: expected) { text in
            let items = text.split(separator: ",").map { $0.trimmingPrefix(while: \.isWhitespace) }.map(String.init)
            return items.isEmpty ? nil : items
        }
    }

    /// Names with values, with commas between them; none unless set.
    mutating func pairs(_ setting: Setting, expected: String) -> [String: String] {
        // librdkafka's properties can hold passwords.
        optional(setting, default: [:], expected: expected, isSecret: true) { text in
            var pairs: [String: String] = [:]
            for item in text.split(separator: ",") {
                let parts = item.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { return nil }
                pairs[String(parts[0])] = String(parts[1])
            }
            return pairs
        }
    }

    /// Names with values, with commas between them, the values percent-encoded, as OpenTelemetry has it.
    ///
    /// - Parameter isSecret: Whether a message must not repeat them.
    mutating func encodedPairs(
        _ setting: Setting,
        default defaultValue: [String: String],
        isSecret: Bool = false
    ) -> [String: String] {
        optional(setting, default: defaultValue, expected: "name=value,name=value", isSecret: isSecret) { text in
            var pairs: [String: String] = [:]
            for item in text.split(separator: ",") {
                let parts = item.split(separator: "=", maxSplits: 1).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                guard parts.count == 2, !parts[0].isEmpty, let value = parts[1].removingPercentEncoding else {
                    return nil
                }
                pairs[parts[0]] = value
            }
            return pairs
        }
    }

    /// A whole number of milliseconds with a default, up to an hour.
    mutating func milliseconds(_ setting: Setting, default defaultValue: Duration) -> Duration {
        optional(setting, default: defaultValue, expected: "a whole number of milliseconds from 1 to 3600000") {
            Int($0).flatMap { (1...3_600_000).contains($0) ? .milliseconds($0) : nil }
        }
    }

    /// A length of time with a default, such as `7d`, `12h`, `30m`, `3600s` or a bare number of seconds.
    package mutating func duration(
        _ setting: Setting,
        default defaultValue: Duration,
        in range: ClosedRange<Duration>
    ) -> Duration {
        optional(
            setting,
            default: defaultValue,
            expected: "a length of time such as 7d, 12h or 3600s, from \(range.lowerBound) to \(range.upperBound)"
        ) { text in
            Duration(settingText: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Notes that a setting is wrong for a reason of its own.
    package mutating func refuse(_ setting: Setting, because reason: String) {
        if !unread.contains(setting.name) { problems.append("\(setting.name): \(reason)") }
    }

    /// Ends the reading.
    ///
    /// - Throws: ``InvalidSettings`` naming every variable that is missing or wrong.
    package func finish() throws(InvalidSettings) {
        guard problems.isEmpty else { throw InvalidSettings(problems: problems) }
    }
}

extension Duration {
    /// Reads a whole number with a unit: `d`, `h`, `m` or `s`, which may be left out; nil when it is none or too large.
    fileprivate init?(settingText text: String) {
        let units: [Character: Int64] = ["d": 86_400, "h": 3_600, "m": 60, "s": 1]
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int64(digits) else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow else { return nil }
        self = .seconds(seconds)
    }
}

/// Settings with which a process cannot start.
public struct InvalidSettings: Error, Hashable, CustomStringConvertible {
    /// What is wrong, a sentence for each variable.
    public let problems: [String]

    /// Says what to set.
    public var description: String {
        problems.joined(separator: "\n")
    }
}
