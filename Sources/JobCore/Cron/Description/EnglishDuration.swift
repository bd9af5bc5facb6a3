/// A duration in words: `1 hour and 30 minutes`, or `hour` when it is one of its unit.
struct EnglishDuration {
    let seconds: Int

    var text: String {
        let parts = [("hour", seconds / 3_600), ("minute", seconds / 60 % 60), ("second", seconds % 60)]
            .filter { $0.1 > 0 }
        if let only = parts.first, parts.count == 1, only.1 == 1 { return only.0 }
        return EnglishList.join(parts.map { "\($0.1) \($0.0)\($0.1 == 1 ? "" : "s")" })
    }
}
