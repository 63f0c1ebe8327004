/**
 * Runs before the page's own scripts, in tests only: records whatever the page sends to the speakers, and whatever
 * it gets from the microphone.
 *
 * Whenever a node is connected to a context's destination, or a microphone to a node, a recording worklet is
 * connected to that node or microphone too. `tracks` and `microphones` of `window.playbackTap` have one entry for
 * each such connection, in order.
 */
(() => {
  if (!window.AudioWorklet) return; // an error page of the browser, or a page that is not secure
  const PROCESSOR = "{{processor}}"; // the text of playback_tap_processor.js, put here by browser.py
  const processorUrl = URL.createObjectURL(new Blob([PROCESSOR], { type: "text/javascript" }));
  const tap = { tracks: [], microphones: [], messages: [] };
  window.playbackTap = tap;

  const addModule = AudioWorklet.prototype.addModule;
  AudioWorklet.prototype.addModule = async function (...parameters) {
    await addModule.call(this, processorUrl);
    return addModule.apply(this, parameters);
  };

  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...parameters) {
    if (target instanceof AudioDestinationNode) tap.tracks.push(record(this));
    else if (this instanceof MediaStreamAudioSourceNode) tap.microphones.push(record(this));
    return connect.call(this, target, ...parameters);
  };

  function record(node) {
    const recorder = new AudioWorkletNode(node.context, "playback-tap", { numberOfOutputs: 0 });
    const track = { rateHz: node.context.sampleRate, chunks: [], context: node.context, flushed: () => {} };
    track.flush = () => flush(track, recorder.port);
    recorder.port.onmessage = ({ data }) => {
      if (data === "flushed") track.flushed();
      else track.chunks.push(data);
    };
    connect.call(node, recorder);
    return track;
  }

  /** Resolves when all that was rendered before is in the track; a closed context renders nothing more. */
  async function flush(track, port) {
    if (track.context.state === "closed") return;
    const flushed = new Promise((resolve) => { track.flushed = resolve; });
    port.postMessage("flush");
    await flushed;
  }

  // Notes when each text message came, counted in the samples rendered until then.
  window.WebSocket = class extends WebSocket {
    constructor(...parameters) {
      super(...parameters);
      this.addEventListener("message", ({ data }) => {
        if (typeof data === "string") tap.messages.push({ data, frame: renderedFrames() });
      });
    }
  };

  function renderedFrames() {
    const track = tap.tracks.at(-1);
    return track ? Math.round(track.context.currentTime * track.rateHz) : 0;
  }
})();
