import { connect } from 'node:net';

const ANSWER_DEADLINE_MS = 2_000;
const CORRELATION = 0x6d757374;

/** Whether a broker on a plaintext listener of 127.0.0.1 answers an ApiVersions request (key 18, version 0). */
export function brokerAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(ANSWER_DEADLINE_MS, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('connect', () => socket.write(apiVersionsRequest()));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 10) return;
      end(received.readInt32BE(4) === CORRELATION && received.readInt16BE(8) === 0);
    });
  });
}

/** Size, then the header: key, version, correlation id, client id; the body is empty. */
function apiVersionsRequest(): Buffer {
  const clientId = Buffer.from('muster');
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2);
  request.writeInt32BE(request.length - 4 + clientId.length, 0);
  request.writeInt16BE(18, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(CORRELATION, 8);
  request.writeInt16BE(clientId.length, 12);
  return Buffer.concat([request, clientId]);
}
