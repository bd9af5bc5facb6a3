// What every request passes through: a batch of jobs is read, its times are read and written, and an answer is made. Always the same.

var jobs = JSONWriter()
jobs.array { writer in
    for index in 0..<200 {
        writer.object { writer in
            writer.member("type", "email.send")
            writer.member("queue", "mail")
            writer.member("priority", "high")
            writer.member("execute_at", "2030-01-0\(1 + index % 9)T00:00:00.25+01:00")
            writer.name("payload")
            writer.object { writer in
                writer.member("to", "ada\(index)@example.com")
                writer.member("subject", "Überraschung \"\(index)\"\n")
                writer.member("amount", Double(index) / 7)
            }
        }
    }
}
let body = jobs.bytes
var length = 0
for _ in 0..<20 {
    let read = try JSONValueSlice(parsing: body)
    var answer = JSONWriter()
    try answer.array { writer in
        for job in read.array ?? [] {
            guard let members = try job.object else { continue }
            writer.object { writer in
                let time = members["execute_at"]?.string.flatMap { RFC3339.date($0) }
                writer.member("type", members["type"]?.string ?? "")
                writer.member("execute_at", time.map { RFC3339.string($0) } ?? "")
                if let payload = members["payload"] { writer.member("payload", payload) }
            }
        }
    }
    length += answer.bytes.count
}
print(length)
