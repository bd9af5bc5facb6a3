/// Keeps so many values at most, and forgets the one that was not used for the longest time. All in constant time.
package struct LRUCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Node: Sendable {
        var key: Key
        var value: Value
        /// The next more and the next less recently used; -1 at the ends.
        var newer: Int
        var older: Int
    }

    private let capacity: Int
    private var nodes: [Node] = []
    private var places: [Key: Int] = [:]
    private var newest = -1
    private var oldestPlace = -1

    /// An empty cache.
    ///
    /// - Parameter capacity: The most values it keeps; at least 1.
    package init(capacity: Int) {
        precondition(capacity > 0, "a cache keeps at least one value")
        self.capacity = capacity
    }

    /// How many values it keeps now.
    package var count: Int { nodes.count }

    /// The key of the value that was not used for the longest time; nil when there is none.
    package var oldest: Key? { oldestPlace >= 0 ? nodes[oldestPlace].key : nil }

    /// A value, which is used by asking for it; nil when there is none.
    package mutating func value(for key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        touch(place)
        return nodes[place].value
    }

    /// Keeps a value in place of the one that was kept for the key.
    ///
    /// - Returns: The value that is kept no longer: that one, or the one that had to make room.
    @discardableResult
    package mutating func set(_ value: Value, for key: Key) -> Value? {
        if let place = places[key] {
            let replaced = nodes[place].value
            nodes[place].value = value
            touch(place)
            return replaced
        }
        var forgotten: Value?
        var place = nodes.count
        if place < capacity {
            nodes.append(Node(key: key, value: value, newer: -1, older: -1))
        } else {
            place = oldestPlace
            unlink(place)
            forgotten = nodes[place].value
            places[nodes[place].key] = nil
            nodes[place] = Node(key: key, value: value, newer: -1, older: -1)
        }
        places[key] = place
        linkAsNewest(place)
        return forgotten
    }

    /// Forgets a value, if there is one.
    package mutating func remove(_ key: Key) {
        guard let place = places.removeValue(forKey: key) else { return }
        unlink(place)
        let last = nodes.removeLast()
        guard place < nodes.count else { return }
        // The last one moves into the gap.
        nodes[place] = last
        places[last.key] = place
        if last.newer >= 0 { nodes[last.newer].older = place } else { newest = place }
        if last.older >= 0 { nodes[last.older].newer = place } else { oldestPlace = place }
    }

    /// Looks at a value without using it.
    package func peek(_ key: Key) -> Value? {
        places[key].map { nodes[$0].value }
    }

    private mutating func touch(_ place: Int) {
        guard place != newest else { return }
        unlink(place)
        linkAsNewest(place)
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (nodes[place].newer, nodes[place].older)
        if newer >= 0 { nodes[newer].older = older } else { newest = older }
        if older >= 0 { nodes[older].newer = newer } else { oldestPlace = newer }
    }

    private mutating func linkAsNewest(_ place: Int) {
        nodes[place].newer = -1
        nodes[place].older = newest
        if newest >= 0 { nodes[newest].newer = place } else { oldestPlace = place }
        newest = place
    }
}
