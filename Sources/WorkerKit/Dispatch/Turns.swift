import DequeModule

/// Keys that take turns, each with a value. Adding, removing and taking the next one cost no more with a hundred thousand keys.
///
/// A turn goes in rotation to the newest of the keys that have had none yet, to the oldest of these, and to the one whose last turn was
/// longest ago. So who comes steadily is not held up by ten thousand who came at once before, and none of those waits for ever. (As in
/// fair queueing for networks, where new flows go before old ones: RFC 8290.)
struct Turns<Key: Hashable, Value> {
    fileprivate struct Place {
        var key: Key
        /// Tells the place from one that the key had before it was removed.
        var stamp: UInt64
    }

    fileprivate struct Entry {
        var value: Value
        var stamp: UInt64
    }

    private enum Source: CaseIterable {
        case newest, oldest, rested
    }

    private var entries: [Key: Entry] = [:]
    /// Those that have had no turn yet, in the order of their coming, and those that have, in the order of their turns. A key that was
    /// removed leaves its place when that is looked at.
    private var newcomers = Deque<Place>()
    private var rested = Deque<Place>()
    private var lastStamp: UInt64 = 0
    private var turn = 0

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    func contains(_ key: Key) -> Bool { entries[key] != nil }

    subscript(key: Key) -> Value? { entries[key]?.value }

    /// Whether one of the keys is wanted.
    func contains(where isWanted: (Key) -> Bool) -> Bool { entries.keys.contains(where: isWanted) }

    /// Changes a key's value; a key that is not there joins with a new one.
    mutating func update<Result>(
        _ key: Key,
        default make: @autoclosure () -> Value,
        _ body: (inout Value) -> Result
    ) -> Result {
        if entries[key] == nil {
            lastStamp += 1
            newcomers.append(Place(key: key, stamp: lastStamp))
            if newcomers.count > 2 * entries.count + 64 { tidy() }
        }
        return body(&entries[key, default: Entry(value: make(), stamp: lastStamp)].value)
    }

    /// Lets a key come anew, as if it had had no turn yet.
    mutating func renew(_ key: Key) {
        guard entries[key] != nil else { return }
        lastStamp += 1
        entries[key]?.stamp = lastStamp
        newcomers.append(Place(key: key, stamp: lastStamp))
        if newcomers.count > 2 * entries.count + 64 { tidy() }
    }

    /// Removes a key.
    mutating func remove(_ key: Key) {
        entries[key] = nil
    }

    /// The key whose turn it is among those that are wanted; nil when there is none.
    mutating func next(where isWanted: (Key) -> Bool = { _ in true }) -> Key? {
        guard !entries.isEmpty else { return nil }
        for _ in Source.allCases {
            turn = (turn + 1) % Source.allCases.count
            if let key = take(Source.allCases[turn], isWanted) { return key }
        }
        return nil
    }

    private mutating func take(_ source: Source, _ isWanted: (Key) -> Bool) -> Key? {
        var passedOver: [Place] = []
        defer {
            switch source {
            case .newest: newcomers.append(contentsOf: passedOver.reversed())
            case .oldest: newcomers.prepend(contentsOf: passedOver)
            case .rested: rested.prepend(contentsOf: passedOver)
            }
        }
        while let place = pop(source) {
            guard entries[place.key]?.stamp == place.stamp else { continue }
            guard isWanted(place.key) else {
                passedOver.append(place)
                continue
            }
            rested.append(place)
            if rested.count > 2 * entries.count + 64 { tidy() }
            return place.key
        }
        return nil
    }

    private mutating func pop(_ source: Source) -> Place? {
        switch source {
        case .newest: newcomers.popLast()
        case .oldest: newcomers.popFirst()
        case .rested: rested.popFirst()
        }
    }

    /// Drops the places of keys that were removed.
    private mutating func tidy() {
        newcomers.removeAll { entries[$0.key]?.stamp != $0.stamp }
        rested.removeAll { entries[$0.key]?.stamp != $0.stamp }
    }
}

extension Turns: Sendable where Key: Sendable, Value: Sendable {}
extension Turns.Place: Sendable where Key: Sendable, Value: Sendable {}
extension Turns.Entry: Sendable where Key: Sendable, Value: Sendable {}
