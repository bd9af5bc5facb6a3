extension JSONValueSlice {
    /// The value as a merge patch changes it (RFC 7396): members of the patch take the place of those of the same name, objects are merged
    /// likewise, and null removes a member. What the patch does not name stays as it was written, to the byte.
    ///
    /// - Throws: ``JSONError`` when an object has a name twice.
    public func merged(with patch: JSONValueSlice) throws(JSONError) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: rawBytes.count + patch.rawBytes.count)
        try writer.merge(self, patch)
        return writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func merge(_ target: JSONValueSlice?, _ patch: JSONValueSlice) throws(JSONError) {
        guard let changes = try patch.object else { return raw(patch) }
        let old = try target?.object
        var failure: JSONError?
        object { writer in
            for member in old?.members ?? [] where failure == nil {
                let change = changes[member.name]
                guard change.map({ !$0.isNull }) ?? true else { continue }
                writer.name(member.name)
                guard let change else {
                    writer.raw(member.value)
                    continue
                }
                failure = writer.merging(member.value, change)
            }
            for change in changes.members where failure == nil && !change.value.isNull && old?[change.name] == nil {
                writer.name(change.name)
                failure = writer.merging(nil, change.value)
            }
        }
        if let failure { throw failure }
    }

    /// The same for where nothing can be thrown.
    private mutating func merging(_ target: JSONValueSlice?, _ patch: JSONValueSlice) -> JSONError? {
        do throws(JSONError) {
            try merge(target, patch)
            return nil
        } catch {
            return error
        }
    }
}
