import DequeModule

/// What waits, of many owners, each of whom has the same share of what is taken out, however much of it waits.
///
/// Deficit round robin (Shreedhar and Varghese, 1995): owners take turns, each turn gives credit, and what weighs more than its owner has
/// waits until turns have given enough. An owner of whom nothing waits keeps no credit. Pure; each step takes the same time, but for what
/// weighs many times the credit of a turn.
struct FairQueue<Owner: Hashable, Element> {
    private struct Line {
        var elements = Deque<(element: Element, weight: Int, cost: Int)>()
        var cost = 0
        var credit: Int
    }

    /// How much credit a turn gives.
    private let turn: Int
    private var lines: [Owner: Line] = [:]
    /// Everybody of whom something waits, once; it is the first one's turn.
    private var turns = Deque<Owner>()
    /// How much waits, in number and in cost.
    private(set) var (count, cost) = (0, 0)

    /// An empty queue.
    ///
    /// - Parameter turn: How much of weight an owner has in a turn; at least 1.
    init(turn: Int) {
        self.turn = turn
    }

    /// Whether nothing waits.
    var isEmpty: Bool { count == 0 }

    /// How many owners wait.
    var owners: Int { turns.count }

    /// The cost of what waits of an owner.
    func cost(of owner: Owner) -> Int { lines[owner]?.cost ?? 0 }

    /// Adds something at the end of its owner's line.
    ///
    /// - Parameters:
    ///   - weight: How much of its owner's turns it takes.
    ///   - cost: What it costs to have it wait.
    mutating func append(_ element: Element, weight: Int = 1, cost: Int = 1, of owner: Owner) {
        if lines[owner] == nil { turns.append(owner) }
        lines[owner, default: Line(credit: turn)].elements.append((element, weight, cost))
        lines[owner]?.cost += cost
        count += 1
        self.cost += cost
    }

    /// Takes out what is next, unless it is not wanted: then it stays the next.
    mutating func popFirst(where isWanted: (_ element: Element, _ cost: Int) -> Bool = { _, _ in true }) -> Element? {
        while let owner = turns.first, let place = lines.index(forKey: owner),
            let next = lines.values[place].elements.first
        {
            // Who is alone need not wait for credit.
            if turns.count == 1 || lines.values[place].credit >= next.weight {
                return isWanted(next.element, next.cost) ? takeFirst(of: owner, at: place) : nil
            }
            lines.values[place].credit += turn
            turns.append(turns.removeFirst())
        }
        return nil
    }

    /// Takes out the first thing of the owner whose turn it is, of those who may have one; each has one in a turn, whatever it weighs.
    mutating func popFirst(of isEligible: (Owner) -> Bool) -> (owner: Owner, element: Element)? {
        for _ in 0..<turns.count {
            let owner = turns.removeFirst()
            turns.append(owner)
            guard isEligible(owner), let place = lines.index(forKey: owner) else { continue }
            return takeFirst(of: owner, at: place).map { (owner, $0) }
        }
        return nil
    }

    /// Takes something out before it is its turn.
    mutating func remove(of owner: Owner, where isMeant: (Element) -> Bool) -> Element? {
        guard let place = lines.index(forKey: owner),
            let index = lines.values[place].elements.firstIndex(where: { isMeant($0.element) })
        else { return nil }
        return take(index, of: owner, at: place)
    }

    private mutating func takeFirst(of owner: Owner, at place: Dictionary<Owner, Line>.Index) -> Element? {
        take(lines.values[place].elements.startIndex, of: owner, at: place)
    }

    private mutating func take(_ index: Int, of owner: Owner, at place: Dictionary<Owner, Line>.Index) -> Element? {
        let taken = lines.values[place].elements.remove(at: index)
        lines.values[place].cost -= taken.cost
        lines.values[place].credit -= min(taken.weight, lines.values[place].credit)
        count -= 1
        cost -= taken.cost
        if lines.values[place].elements.isEmpty {
            lines.remove(at: place)
            if let turn = turns.first == owner ? 0 : turns.lastIndex(of: owner) { turns.remove(at: turn) }
        }
        return taken.element
    }
}
