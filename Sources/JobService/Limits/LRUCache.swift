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
    private var oldest = -1

    /// An empty cache.
    ///
    /// - Parameter capacity: The most values it keeps; at least 1.
    package init(capacity: Int) {
        precondition(capacity > 0, "a cache keeps at least one value")
        self.capacity = capacity
    }

    /// How many values it keeps now.
    package var count: Int { nodes.count }

    /// A value, which is used by asking for it; nil when there is none.
    package mutating func value(for key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        touch(place)
        return nodes[place].value
    }

    /// Keeps a value in place of the one that was kept for the key.
    package mutating func set(_ value: Value, for key: Key) {
        if let place = places[key] {
            nodes[place].value = value
            touch(place)
            return
        }
        var place = nodes.count
        if place < capacity {
            nodes.append(Node(key: key, value: value, newer: -1, older: -1))
        } else {
            place = oldest
            unlink(place)
            places[nodes[place].key] = nil
            nodes[place] = Node(key: key, value: value, newer: -1, older: -1)
        }
        places[key] = place
        linkAsNewest(place)
    }

    private mutating func touch(_ place: Int) {
        guard place != newest else { return }
        unlink(place)
        linkAsNewest(place)
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (nodes[place].newer, nodes[place].older)
        if newer >= 0 { nodes[newer].older = older } else { newest = older }
        if older >= 0 { nodes[older].newer = newer } else { oldest = newer }
    }

    private mutating func linkAsNewest(_ place: Int) {
        nodes[place].newer = -1
        nodes[place].older = newest
        if newest >= 0 { nodes[newest].newer = place } else { oldest = place }
        newest = place
    }
}
