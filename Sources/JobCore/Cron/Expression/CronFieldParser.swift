/// Reads one field of a cron expression.
struct CronFieldParser {
    let field: CronField
    let text: Substring

    func parse() throws(CronError) -> CronValues {
        var values = CronValues()
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            try add(item, to: &values)
        }
        return values
    }

    /// An item: `*`, `n`, or `a-b`, with or without `/step`.
    private func add(_ item: Substring, to values: inout CronValues) throws(CronError) {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw problem(.unreadable(String(item))) }
        let step = parts.count == 2 ? try self.step(parts[1]) : nil
        if parts[0] == "*" || parts[0] == "?" {
            values.insertStar(in: field.range, step: step ?? 1)
            return
        }
        let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count <= 2 else { throw problem(.unreadable(String(item))) }
        var first = try value(bounds[0])
        let last: Int
        if bounds.count == 2 {
            last = try end(value(bounds[1]), of: parts[0], from: first)
        } else {
            first = normal(first)
            last = step == nil ? first : field.range.upperBound
        }
        for value in stride(from: first, through: last, by: step ?? 1) { values.insert(normal(value)) }
    }

    /// Where a range ends; the week goes on after Saturday, so that `fri-mon` is 5, 6, 7 and 8.
    private func end(_ last: Int, of range: Substring, from first: Int) throws(CronError) -> Int {
        if last >= first { return last }
        guard field == .dayOfWeek else { throw problem(.backwards(String(range))) }
        return last + 7
    }

    /// Sunday may be written 7, and a range that wraps goes past it.
    private func normal(_ value: Int) -> Int { field == .dayOfWeek ? value % 7 : value }

    private func value(_ word: Substring) throws(CronError) -> Int {
        guard !word.isEmpty else { throw problem(.missing) }
        if let index = field.words.firstIndex(of: word.lowercased()) { return field.range.lowerBound + index }
        guard word.isDigits else { throw problem(.unreadable(String(word))) }
        guard let value = Int(word), field.writable.contains(value) else { throw problem(.outside(String(word))) }
        return value
    }

    /// A step; one that is longer than any field finds the first value only, however long it is.
    private func step(_ word: Substring) throws(CronError) -> Int {
        guard !word.isEmpty else { throw problem(.missing) }
        guard word.isDigits else { throw problem(.step(String(word))) }
        let step = min(Int(word) ?? .max, 64)
        guard step > 0 else { throw problem(.step(String(word))) }
        return step
    }

    private func problem(_ problem: CronFieldProblem) -> CronError { .field(field, text: String(text), problem) }
}

extension Substring {
    /// Whether it consists of the digits 0 to 9.
    var isDigits: Bool { !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
}
