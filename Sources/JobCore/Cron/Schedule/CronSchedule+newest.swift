extension CronSchedule {
    /// The last firings of a stretch of time, in order, all in seconds since 1970.
    ///
    /// Firings are found forwards only. So the latest begin from which there are enough of them is found by halving, with
    /// no more than `count` steps for a begin: a year of a schedule that fires every second costs no more than a minute of it.
    ///
    /// - Parameters:
    ///   - count: The most that are wanted.
    ///   - begin: Where the stretch begins; a firing at this very second is not in it.
    ///   - end: Where it ends; a firing at this very second is in it.
    func newest(_ count: Int, after begin: Int, through end: Int) -> [Int] {
        var (begin, end) = (begin, end)
        var newest = firings(upTo: count, after: begin, through: end)
        let last = end
        guard newest.count == count else { return newest }
        while end - begin > 1 {
            let middle = begin + (end - begin) / 2
            let found = firings(upTo: count, after: middle, through: last)
            if found.count == count { (begin, newest) = (middle, found) } else { end = middle }
        }
        return newest
    }

    private func firings(upTo count: Int, after begin: Int, through end: Int) -> [Int] {
        var firings: [Int] = []
        var second = begin
        while firings.count < count, let next = nextSecond(after: second), next <= end {
            firings.append(next)
            second = next
        }
        return firings
    }
}
