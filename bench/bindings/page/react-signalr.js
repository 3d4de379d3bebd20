export { createSignalRContext } from 'react-signalr/signalr';
