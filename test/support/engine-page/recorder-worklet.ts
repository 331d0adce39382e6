/** Passes sound on, and sends what passed to the page. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class Recorder extends AudioWorkletProcessor {
  process([input = []]: Float32Array[][], [output = []]: Float32Array[][]): boolean {
    const [left, right] = input;
    if (left && right) {
      this.port.postMessage([left.slice(), right.slice()], []);
      output[0]?.set(left);
      output[1]?.set(right);
    }
    return true;
  }
}

registerProcessor('recorder', Recorder);
