import JobCore
import Testing

@Suite struct CronDescriptionTests {
    @Test(arguments: [
        ("* * * * *", "Every minute"), ("* * * * * *", "Every second"), ("*/15 * * * *", "Every 15 minutes"),
        ("0,15,30,45 * * * *", "Every 15 minutes"), ("*/10 * * * * *", "Every 10 seconds"),
        ("30 9 * * mon-fri", "At 09:30 on Monday through Friday"), ("@daily", "At 00:00"),
        ("@weekly", "At 00:00 on Sunday"),
        ("@hourly", "At minute 0 of every hour"), ("@yearly", "At 00:00 on day 1 of the month in January"),
        ("0 9,17 * * *", "At 09:00 and 17:00"), ("0,30 9,17 * * *", "At 09:00, 09:30, 17:00 and 17:30"),
        ("15 30 9 * * *", "At 09:30:15"), ("5,35 * * * *", "At minutes 5 and 35 of every hour"),
        ("*/15 9-17 * * *", "Every 15 minutes of hours 9 through 17"), ("* 9 * * *", "Every minute of hour 9"),
        ("0 */2 * * *", "At minute 0 of every 2nd hour"),
        ("10-20,40 * * * *", "At minutes 10 through 20 and 40 of every hour"),
        ("1-9/2 * * * *", "At every 2nd minute from 1 through 9 of every hour"),
        ("30 * * * * *", "At second 30 of every minute"),
        ("30 * 9-17 * * *", "At second 30 of every minute of hours 9 through 17"),
        ("*/10 5 * * * *", "Every 10 seconds of minute 5 of every hour"),
        ("*/10 */3 * * * *", "Every 10 seconds of every 3rd minute"),
        ("* * 3 * * *", "Every second of every minute of hour 3"),
        ("0 0 13 * fri", "At 00:00 on day 13 of the month or on Friday"),
        ("0 0 1-7 * *", "At 00:00 on days 1 through 7 of the month"),
        ("0 0 1,15 4-10 *", "At 00:00 on days 1 and 15 of the month in April through October"),
        ("0 0 * 1,7 *", "At 00:00 in January and July"), ("0 0 * * 0,6", "At 00:00 on Saturday and Sunday"),
        ("0 0 * * fri-mon", "At 00:00 on Friday through Monday"), ("0 0 * * 1,3", "At 00:00 on Monday and Wednesday"),
        ("0 0 */2 * *", "At 00:00 on every 2nd day of the month"),
        ("0 0 1-31 * *", "At 00:00 on every day of the month"),
        ("0 0 * * 0-6", "At 00:00 on Monday through Sunday"),
        ("@every 1h", "Every hour"), ("@every 90s", "Every 1 minute and 30 seconds"),
        ("@every 45s", "Every 45 seconds"),
        ("@every 26h1s", "Every 26 hours and 1 second"), ("@every 1h1m1s", "Every 1 hour, 1 minute and 1 second"),
        ("TZ=Asia/Tokyo 0 9 * * *", "At 09:00"),
    ])
    func reads(_ expression: String, _ description: String) throws {
        #expect(try CronExpression(expression).englishDescription == description)
    }
}
