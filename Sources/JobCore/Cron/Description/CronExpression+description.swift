extension CronExpression {
    /// When it fires, in English: `At 09:30 on Monday through Friday`, `Every 15 minutes of hours 9 through 17`.
    ///
    /// It is made from the values and not from the text, so that expressions which mean the same read the same.
    public var englishDescription: String {
        switch rule {
        case .every(let seconds): "Every \(EnglishDuration(seconds: seconds).text)"
        case .wallClock(let pattern):
            ([EnglishTime(pattern).text] + EnglishDays(pattern.days).phrases).joined(separator: " ")
        }
    }
}
