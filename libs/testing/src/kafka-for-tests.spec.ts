import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { describeOnKafka, kafkaForTests } from './kafka-for-tests.js';

const kafka = await kafkaForTests();

await describeOnKafka("the run's Kafka broker", kafka, ({ brokers }) => {
  test('is the same for everybody who asks', async () => {
    expect(await Promise.all([kafkaForTests(), kafkaForTests()])).toEqual([{ brokers }, { brokers }]);
  });

  test('takes connections where it says', async () => {
    const [host = '', port = ''] = brokers.split(',')[0]!.split(':');
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), host, () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', reject);
    });
  });
});
