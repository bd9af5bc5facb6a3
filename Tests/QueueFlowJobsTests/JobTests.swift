import Foundation
import QueueFlowJobs
import Testing

private struct AddressV1: Job {
    static let type = "mail.address"
    var address: String
}

private struct SendEmailV1: Job {
    static let type = "email.send"
    static let earlier: [EarlierVersion<SendEmailV1>] = [.init(AddressV1.self) { SendEmailV1(to: $0.address) }]
    var to: String
}

private struct SendEmail: Job {
    struct Receipt: Codable, Equatable {
        var messageID: String
    }
    typealias Output = Receipt

    static let type = "email.send"
    static let defaults = JobOptions(queue: "mail", priority: .high, maxAttempts: 3)
    static let earlier: [EarlierVersion<SendEmail>] = [
        .init(SendEmailV1.self) { SendEmail(recipients: [$0.to]) }
    ]
    var recipients: [String]
}

private struct Plain: Job {
    static let type = "plain"
}

/// Every kind of value that is easily changed on its way.
private struct Values: Job, Equatable {
    static let type = "values"
    var whole: Int64 = .max
    var large: UInt64 = .max
    var tenth = 0.1
    var price = Decimal(string: "12345678901234567890.123456789") ?? 0
    var time = Date(timeIntervalSince1970: 1_900_000_000.125)
    var bytes = Data([0, 255, 7])
}

struct JobTests {
    private func decode<J: Job>(_ type: String, _ json: String, as job: J.Type = J.self) throws -> J {
        try J.decode(type: type, payload: Data(json.utf8))
    }

    @Test func aJobIsReadAsWhatItIsNow() throws {
        let job = try decode("email.send", #"{"recipients":["ada","bob"]}"#, as: SendEmail.self)
        #expect(job.recipients == ["ada", "bob"])
    }

    @Test func aPayloadThatChangedShapeIsReadAsItWas() throws {
        #expect(try decode("email.send", #"{"to":"ada"}"#, as: SendEmail.self).recipients == ["ada"])
    }

    @Test func aJobThatWasRenamedTwiceIsReadThroughBothVersions() throws {
        #expect(SendEmail.servedTypes == ["email.send", "mail.address"])
        #expect(try decode("mail.address", #"{"address":"ada"}"#, as: SendEmail.self).recipients == ["ada"])
    }

    @Test func whatIsOfAnotherTypeIsNotTriedAsThisOne() throws {
        let error = #expect(throws: JobPayloadError.self) {
            try decode("sms.send", #"{"recipients":["ada"]}"#, as: SendEmail.self)
        }
        #expect("\(try #require(error))" == "a job of type 'sms.send' is none of email.send, mail.address")
    }

    @Test func theErrorIsThatOfTheFirstVersionTried() throws {
        let error = #expect(throws: JobPayloadError.self) { try decode("email.send", "{}", as: SendEmail.self) }
        let text = "\(try #require(error))"
        #expect(text.contains("SendEmail:") && text.contains("recipients"), "\(text)")
    }

    @Test func valuesSurviveTheirWay() throws {
        let values = Values()
        let json = try values.encodedPayload()
        let text = String(decoding: json, as: UTF8.self)
        #expect(text.contains(#""whole":9223372036854775807"#) && text.contains(#""tenth":0.1,"#), "\(text)")
        #expect(text.contains(#""time":"2030-03-17T17:46:40.125Z""#), "\(text)")
        #expect(try Values.decode(type: "values", payload: json) == values)
        #expect(try values.encodedPayload() == json)
    }

    @Test(arguments: [
        ("2030-01-31T09:00:00Z", 1_896_080_400.0), ("2030-01-31T10:30:00+01:30", 1_896_080_400),
        ("2030-01-31T09:00:00.5Z", 1_896_080_400.5), ("2030-01-31T09:00:00.123456Z", 1_896_080_400.123),
        ("2030-01-31T09:00:00.123-00:00", 1_896_080_400.123),
    ])
    func timesAreReadAsRFC3339HasThem(_ text: String, _ seconds: Double) throws {
        let date = try #require(JobCoding.date(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_6)
    }

    @Test(arguments: ["2030-01-31", "yesterday", "", "2030-13-31T09:00:00Z", "1896080400"])
    func whatIsNoTimeIsNone(_ text: String) {
        #expect(JobCoding.date(text) == nil)
    }

    @Test func noOutputIsNull() throws {
        #expect(Plain.Output.self == NoOutput.self)
        #expect(String(decoding: try JobCoding.encode(NoOutput()), as: UTF8.self) == "null")
        #expect(try JobCoding.decode(NoOutput.self, from: Data("null".utf8)) == NoOutput())
        #expect(try JobCoding.decode(NoOutput.self, from: Data(#"{"a":1}"#.utf8)) == NoOutput())
    }

    @Test func whatIsGivenStandsInForTheDefaultsAndNothingElseDoes() {
        let merged = SendEmail.defaults.merging(JobOptions(priority: .low, due: .after(.seconds(5)), tags: ["a"]))
        #expect(
            merged == JobOptions(queue: "mail", priority: .low, due: .after(.seconds(5)), maxAttempts: 3, tags: ["a"])
        )
        #expect(Plain.defaults == JobOptions())
        #expect(SendEmail.defaults.merging(JobOptions()) == SendEmail.defaults)
    }
}
