// Small records to a Kafka broker by librdkafka and nothing else: keys of 36 bytes, values of 120, acks=all.
//
//   produce BROKERS TOPIC COUNT
//
// Prints records a second until the last is acknowledged, and this program's CPU in microseconds a record.
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static long long failed;

static void delivered(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque) {
    (void)producer, (void)opaque;
    if (message->err) failed++;
}

int main(int argumentCount, char **arguments) {
    if (argumentCount != 4) {
        fputs("usage: produce BROKERS TOPIC COUNT\n", stderr);
        return 2;
    }
    char problem[512];
    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    const char *pairs[][2] = {{"bootstrap.servers", arguments[1]}, {"acks", "all"}};
    for (int i = 0; i < 2; i++)
        if (rd_kafka_conf_set(settings, pairs[i][0], pairs[i][1], problem, sizeof problem)) {
            fprintf(stderr, "produce: %s\n", problem);
            return 1;
        }
    rd_kafka_conf_set_dr_msg_cb(settings, delivered);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, settings, problem, sizeof problem);
    if (!producer) {
        fprintf(stderr, "produce: %s\n", problem);
        return 1;
    }
    long long count = atoll(arguments[3]);
    char key[48], value[120];
    memset(value, 'v', sizeof value);
    double begin = now();
    for (long long i = 0; i < count; i++) {
        snprintf(key, sizeof key, "00000000-0000-7000-8000-%012llx", i);
        while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(arguments[2]), RD_KAFKA_V_KEY(key, 36), RD_KAFKA_V_VALUE(value, sizeof value),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END))
            rd_kafka_poll(producer, 10);
        if (i % 1000 == 0) rd_kafka_poll(producer, 0);
    }
    rd_kafka_flush(producer, 60000);
    double seconds = now() - begin;
    if (failed > 0 || rd_kafka_outq_len(producer) > 0) {
        fprintf(stderr, "produce: %lld records were not acknowledged\n", failed + rd_kafka_outq_len(producer));
        return 1;
    }
    report(count, seconds);
    rd_kafka_destroy(producer);
    return 0;
}
