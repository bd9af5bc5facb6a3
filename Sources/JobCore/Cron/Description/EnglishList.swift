/// Lists of values in words.
enum EnglishList {
    /// `a`, `a and b`, `a, b and c`.
    static func join(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// Values that follow each other, three or more of them as a range: `1 through 5, 10 and 11`.
    ///
    /// - Parameters:
    ///   - values: In the order in which they are to be said.
    ///   - name: The word for a value.
    ///   - follows: Whether a value comes directly after another.
    static func ranges(_ values: [Int], name: (Int) -> String, follows: (Int, Int) -> Bool) -> String {
        var runs: [[Int]] = []
        for value in values {
            if let last = runs.last?.last, follows(value, last) {
                runs[runs.count - 1].append(value)
            } else {
                runs.append([value])
            }
        }
        return join(
            runs.flatMap { run in
                run.count < 3 ? run.map(name) : ["\(name(run[0])) through \(name(run[run.count - 1]))"]
            }
        )
    }

    /// Numbers in rising order, with ranges.
    static func numbers(_ values: [Int]) -> String {
        ranges(values, name: String.init, follows: { $0 == $1 + 1 })
    }

    /// `1st`, `2nd`, `3rd`, `4th`, `11th`.
    static func ordinal(_ number: Int) -> String {
        let suffix =
            switch (number % 10, number % 100) {
            case (1, let rest) where rest != 11: "st"
            case (2, let rest) where rest != 12: "nd"
            case (3, let rest) where rest != 13: "rd"
            default: "th"
            }
        return "\(number)\(suffix)"
    }
}
